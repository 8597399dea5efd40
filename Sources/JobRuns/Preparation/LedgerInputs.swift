import Documents
import FoundationEssentials
import Jobs
import Ledger

/// The inputs of a job as they were listed when it began, read from its ledger page by page.
struct LedgerInputs: InputFileList {
    private static let pageSize = 256

    private let ledger: JobLedger
    private var place = 0
    /// In reverse order.
    private var page: [JobLedger.Input] = []

    init(_ ledger: JobLedger) {
        self.ledger = ledger
    }

    /// - Throws: `LedgerError`; what is wrong with an entry of another version.
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
    /// A file as the list of inputs has it.
    ///
    /// A copy of standard input is named after what it holds; it is made anew when a job is taken up again.
    init(_ file: InputFile) throws {
        let isCopy = file.asGiven == StandardInput.path
        self.init(
            path: isCopy ? file.asGiven : file.path, size: file.size ?? 0, modified: isCopy ? 0 : file.modified ?? 0,
            changed: isCopy ? nil : file.changed, file: try SortedJSON.text(of: file),
            sha256: file.knownDigest)
    }

    /// Whether a file of this path holds what it held.
    ///
    /// - Parameters:
    ///   - present: the file as it is listed now.
    ///   - time: nanoseconds since 1970. A file that was changed later may have been changed twice within the tick of
    ///     its file system's clock (git's documentation, technical/racy-git).
    ///   - isUsed: whether anything recorded may have been made of the file. Before that, a file of the same size and
    ///     time of modification will do: to rename it away and back changes the time of its inode alone.
    func isUnchanged(in present: InputFile, unlessAfter time: Int64 = .max, isUsed: Bool = true) throws -> Bool {
        let now = try JobLedger.Input(present)
        if hasState(of: now), max(now.modified, now.changed ?? 0) < time { return true }
        if present.asGiven == StandardInput.path { return size == now.size }
        guard let sha256 else {
            return hasState(of: now) || !isUsed && size == now.size && modified == now.modified
        }
        // A file that cannot be read now is another than the one that could be.
        return size == now.size && (try? present.sha256()) == sha256
    }
}
