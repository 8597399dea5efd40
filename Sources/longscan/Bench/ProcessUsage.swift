import Coordination
import Foundation

/// The resources that a process has used so far, as the kernel counts them (proc(5)).
struct ProcessUsage {
    /// The processor time of all its threads, in user and system mode.
    var seconds: Double
    /// The most resident memory at a time (`VmHWM`), in bytes.
    var peakBytes: Int

    /// - Throws: an error if the process does not exist.
    init(of process: Int32) throws {
        let stat = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The fields 14 and 15 come after the name, which may have blanks and parentheses.
        let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
        let ticks = fields.count > 13 ? [fields[12], fields[13]].compactMap { Double($0) } : []
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }?.split(whereSeparator: \.isWhitespace)
        guard ticks.count == 2, let peak, peak.count > 1, let kilobytes = Int(peak[1]) else {
            throw CommandFailure("/proc/\(process) does not say what the process has used", ExitStatus.failure)
        }
        seconds = ticks.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
        peakBytes = kilobytes << 10
    }
}
