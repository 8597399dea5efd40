import Coordination
import Foundation

/// The directory in which a coordinator remembers accepted jobs.
enum StateDirectory {
    /// - Throws: `CommandFailure` if this user cannot write to the directory. A missing one is made later.
    static func check(_ path: String) throws(CommandFailure) {
        let files = FileManager.default
        let ledgers = ["", "-wal", "-shm"].map { "\(path)/coordinator.sqlite\($0)" }
        for place in [path] + ledgers where files.fileExists(atPath: place) && !files.isWritableFile(atPath: place) {
            throw CommandFailure(
                "user \(geteuid()) cannot write to \(place): change its owner or rights, or name another directory "
                    + "with --state-dir",
                ExitStatus.cannotCreateOutput)
        }
        // A path cannot go on after a file.
        guard files.fileExists(atPath: path + "/.") || !files.fileExists(atPath: path) else {
            throw CommandFailure(
                "--state-dir \(path) is a file: a directory belongs there", ExitStatus.cannotCreateOutput)
        }
    }
}
