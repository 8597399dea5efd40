import Coordination
import Documents
import FoundationEssentials

/// The work directory of an unfinished job. Files with names that longscan does not use belong to somebody else.
package struct WorkDirectory {
    private let path: String

    package init(_ paths: JobPaths) {
        path = paths.work
    }

    /// Whether longscan makes files of this name here.
    static func makes(_ name: String) -> Bool {
        name.wholeMatch(
            of:
                /ledger\.sqlite(-wal|-shm|-journal)?|(ahead|rows|errors|documents|earlier)\.jsonl|manifest\.json(\.new)?/
        )
            != nil
            || name.wholeMatch(of: /document-[0-9]+\.[a-z-]+|document-[0-9]+\.snapshot-[0-9]+\.safetensors(\.new)?/)
                != nil
            || name.wholeMatch(of: /standard-input(\.new|-[0-9a-f]{16}\.(txt|jsonl))(\.gz|\.zst)?/) != nil
    }

    /// Whether the directory has a ledger.
    var hasLedger: Bool {
        (try? FileState(path: path + "/ledger.sqlite"))?.map { $0.size > 0 } ?? false
    }

    /// Refuses a directory that longscan did not make. Without a ledger, foreign names show that.
    /// - Throws: `JobRefusal`.
    package func check() throws(JobRefusal) {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), !hasLedger else { return }
        let names = try? FileManager.default.contentsOfDirectory(atPath: path)
        guard !isDirectory || names?.allSatisfy(Self.makes) != true else { return }
        throw JobRefusal.exists(path)
    }

    /// Removes longscan's files, the ledger last, and then the directory if it is empty.
    /// - Parameter kept: the paths of files that stay.
    /// - Returns: the names of foreign files.
    @discardableResult
    func remove(keeping kept: [String] = []) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        let own = names.filter(Self.makes).sorted { !Self.isLedgers($0) && Self.isLedgers($1) }
        for name in own where !kept.contains(path + "/" + name) && !Self.isDirectory(path + "/" + name) {
            try? FileManager.default.removeItem(atPath: path + "/" + name)
        }
        removeDirectoryIfEmpty(path)
        return names.filter { !Self.makes($0) }
    }

    /// Removes some of longscan's files.
    func remove(_ paths: [String]) {
        for path in paths where !Self.isDirectory(path) { try? FileManager.default.removeItem(atPath: path) }
    }

    private static func isLedgers(_ name: String) -> Bool { name.hasPrefix("ledger.") }

    private static func isDirectory(_ path: String) -> Bool {
        var isDirectory = false
        return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory
    }
}

extension JobRefusal {
    /// The refusal of a job because a foreign file is at a path where it would write.
    static func exists(_ path: String, _ ways: String = "choose another output, or remove it") -> JobRefusal {
        JobRefusal(
            Failure(code: "output_exists", message: "\(path) exists and is not of this job: \(ways)"),
            reason: .cannotCreateOutput)
    }
}
