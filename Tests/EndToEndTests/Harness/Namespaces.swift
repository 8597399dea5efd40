import Foundation
import TestSupport
import Testing

/// Parts of the system that a test has to itself: Linux namespaces, which take the rights of root.
enum Namespaces {
    static let why: Comment = "needs the right to make namespaces (root, CAP_SYS_ADMIN) and util-linux, iproute2"

    static let canMount = succeeds("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"])

    static let canNetwork =
        succeeds("unshare", ["-n", "ip", "link", "add", "type", "veth"])
        && succeeds("ip", ["netns", "list"])

    private static func succeeds(_ command: String, _ arguments: [String]) -> Bool {
        (try? RunningProcess("/usr/bin/env", [command] + arguments).ended().status) == 0
    }
}

/// A small file system that only processes started through it see.
final class SmallDisk {
    private let holder: RunningProcess
    private let path: String

    /// - Parameters:
    ///   - path: a directory that it is mounted on.
    ///   - bytes: that it holds.
    init(at path: String, bytes: Int) throws {
        self.path = path
        let script = "mount -t tmpfs -o size=\(bytes) tmpfs \"$0\" && echo mounted && exec sleep infinity"
        holder = try RunningProcess("/usr/bin/env", ["unshare", "-m", "sh", "-c", script, path])
        _ = try holder.output.line(containing: "mounted")
    }

    /// Goes before a command line that is to see it.
    var wrapper: [String] { ["/usr/bin/env", "nsenter", "-m", "-t", "\(holder.id)"] }

    /// A file on it, as other processes see it.
    func file(_ name: String) -> String { "/proc/\(holder.id)/root\(path)/\(name)" }

    func unmount() {
        holder.send(SIGKILL)
        _ = try? holder.ended()
    }
}

/// Hosts on one network segment: network namespaces whose links end at a bridge in the first of them.
final class Network {
    private static let prefix = "10.77.0."
    private let names: [String]

    init(hosts: Int) throws {
        let id = UUID().uuidString.prefix(8)
        names = (0..<hosts).map { "longscan-\(id)-\($0)" }
        do {
            try build()
        } catch {
            remove()
            throw error
        }
    }

    private func build() throws {
        for name in names { try ip("netns", "add", name) }
        try ip("-n", names[0], "link", "set", "lo", "up")
        try ip("-n", names[0], "link", "add", "segment", "type", "bridge")
        try ip("-n", names[0], "address", "add", address(0) + "/24", "dev", "segment")
        try ip("-n", names[0], "link", "set", "segment", "up")
        for host in 1..<names.count {
            try ip("-n", names[0], "link", "add", "host\(host)", "type", "veth", "peer", "eth0", "netns", names[host])
            try ip("-n", names[0], "link", "set", "host\(host)", "master", "segment", "up")
            try ip("-n", names[host], "address", "add", address(host) + "/24", "dev", "eth0")
            try ip("-n", names[host], "link", "set", "eth0", "up")
        }
    }

    func address(_ host: Int) -> String { "\(Self.prefix)\(host + 1)" }

    /// Goes before a command line that is to run on a host.
    func wrapper(_ host: Int) -> [String] { ["/usr/bin/env", "ip", "netns", "exec", names[host]] }

    /// Pulls the cable of a host, other than the first, or puts it back.
    func setLink(of host: Int, isUp: Bool) throws {
        try ip("-n", names[0], "link", "set", "host\(host)", isUp ? "up" : "down")
    }

    func remove() {
        for name in names { try? ip("netns", "delete", name) }
    }

    private func ip(_ arguments: String...) throws {
        let ended = try RunningProcess("/usr/bin/env", ["ip"] + arguments).ended()
        guard ended.status == 0 else {
            throw Failure("ip \(arguments.joined(separator: " ")): \(ended.errors)")
        }
    }
}
