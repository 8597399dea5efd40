import Documents
import FoundationEssentials
import Jobs
import Ledger

/// The list of a job's inputs from when it began, read from its ledger page by page.
struct LedgerInputs: InputFileList {
    private static let pageSize = 256

    private let ledger: JobLedger
    private var place = 0
    /// The present page, in reverse order.
    private var page: [JobLedger.Input] = []

    init(_ ledger: JobLedger) {
        self.ledger = ledger
    }

    /// - Throws: `LedgerError`; `DecodingError` for an entry of another version.
    mutating func next() throws -> InputFile? {
        if page.isEmpty {
            page = try ledger.inputs(from: place, atMost: Self.pageSize).reversed()
            place += page.count
        }
        guard let input = page.popLast() else { return nil }
        var file = try JSONDecoder().decode(InputFile.self, from: Data((input.file ?? "").utf8))
        file.knownDigest = input.sha256
        return file
    }
}

extension JobLedger.Input {
    /// The ledger's entry of a file.
    ///
    /// A copy of standard input is named by its digest, because each run makes a new copy.
    init(_ file: InputFile) throws {
        let isCopy = file.asGiven == StandardInput.path
        self.init(
            path: isCopy ? file.asGiven : file.path, size: file.size ?? 0, modified: isCopy ? 0 : file.modified ?? 0,
            changed: isCopy ? nil : file.changed, file: try SortedJSON.text(of: file),
            sha256: file.knownDigest)
    }

    /// Whether a file still has the contents that the list recorded.
    ///
    /// - Parameters:
    ///   - present: the file as it is listed now.
    ///   - time: a time in nanoseconds since 1970. A file with a later time may have changed twice within one tick of
    ///     the file system's clock (git's documentation, technical/racy-git).
    ///   - isUsed: whether records of the job may depend on the file. If not, the same size and time of modification
    ///     are enough: to rename a file away and back changes only the time of its inode.
    func isUnchanged(in present: InputFile, unlessAfter time: Int64 = .max, isUsed: Bool = true) throws -> Bool {
        let now = try JobLedger.Input(present)
        if hasState(of: now), max(now.modified, now.changed ?? 0) < time { return true }
        if present.asGiven == StandardInput.path { return size == now.size }
        guard let sha256 else {
            return hasState(of: now) || !isUsed && size == now.size && modified == now.modified
        }
        // A file that could be read before and cannot be read now counts as changed.
        return size == now.size && (try? present.sha256()) == sha256
    }
}
