import Coordination
import Foundation

/// Where a coordinator remembers the jobs that it has accepted.
enum StateDirectory {
    /// - Throws: `CommandFailure` for a directory in which this user can write nothing. A missing one is made later.
    static func check(_ path: String) throws(CommandFailure) {
        let files = FileManager.default
        let ledgers = ["", "-wal", "-shm"].map { "\(path)/coordinator.sqlite\($0)" }
        for place in [path] + ledgers where files.fileExists(atPath: place) && !files.isWritableFile(atPath: place) {
            throw CommandFailure(
                "user \(geteuid()) cannot write to \(place): change its owner or rights, or name another directory "
                    + "with --state-dir",
                ExitStatus.cannotCreateOutput)
        }
        // Of a file, no path goes on.
        guard files.fileExists(atPath: path + "/.") || !files.fileExists(atPath: path) else {
            throw CommandFailure(
                "--state-dir \(path) is a file: a directory belongs there", ExitStatus.cannotCreateOutput)
        }
    }
}
