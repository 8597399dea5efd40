import Foundation

/// The number of lanes that fit this machine: its processors, or the part of them that a container, a service or a
/// batch job may use (cgroup v2, `cpu.max`; docs.kernel.org/admin-guide/cgroup-v2.html).
enum AvailableProcessors {
    static var count: Int {
        limits.reduce(ProcessInfo.processInfo.activeProcessorCount) { max(1, min($0, Int($1))) }
    }

    /// The limits of the process's own group and of those above it; in a container the first is the root.
    private static var limits: [Double] {
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        let own = groups.split(separator: "\n").first { $0.hasPrefix("0::/") }?.dropFirst("0::/".count) ?? ""
        let names = own.split(separator: "/")
        return (0...names.count).compactMap { depth in
            let group = (["/sys/fs/cgroup"] + names.prefix(depth).map(String.init)).joined(separator: "/")
            return (try? String(contentsOfFile: group + "/cpu.max", encoding: .utf8)).flatMap(limit)
        }
    }

    /// The processors in a `cpu.max`: `QUOTA PERIOD`, in microseconds; `nil` for `max PERIOD`.
    private static func limit(_ text: String) -> Double? {
        let numbers = text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
        guard numbers.count == 2, numbers[0] > 0, numbers[1] > 0, numbers[0] / numbers[1] < 1e6 else { return nil }
        return numbers[0] / numbers[1]
    }
}
