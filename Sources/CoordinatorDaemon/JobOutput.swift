import Coordination
import Documents
import Ledger

/// The rows of a job on their way to the disk, in input order whatever the order in which documents finish.
///
/// The rows of a document whose turn has come go to the output (or the errors file) at once, those of others to a file
/// of rows that came ahead. `commit` makes what was written durable and then records how far it goes; after a crash
/// everything behind the recorded lengths is cut off and its documents are done again.
final class JobOutput {
    private let paths: JobPaths
    private let ledger: JobLedger
    private var output: AppendOnlyFile
    private var errors: AppendOnlyFile?
    private var ahead: AppendOnlyFile
    private(set) var position: JobLedger.Position
    /// Documents that finished before their turn and are not in the output yet.
    private(set) var ordinalsAhead: Set<Int>
    private var uncommittedAhead: [Int: JobLedger.AheadEntry] = [:]
    private var uncommittedFinished: [JobLedger.Finished] = []
    private var isErrorsChanged = false
    private var isAheadChanged = false

    /// - Throws: `FileError`, `LedgerError`.
    init(paths: JobPaths, ledger: JobLedger) throws {
        self.paths = paths
        self.ledger = ledger
        position = try ledger.position()
        ordinalsAhead = try ledger.ordinalsAhead()
        output = try AppendOnlyFile(path: paths.output, keeping: position.outputLength)
        errors =
            position.errorsLength > 0
            ? try AppendOnlyFile(path: paths.errors, keeping: position.errorsLength) : nil
        ahead = try AppendOnlyFile(path: paths.ahead, keeping: position.aheadLength)
    }

    var hasUncommitted: Bool { !uncommittedFinished.isEmpty }

    func isFinished(_ ordinal: Int) -> Bool {
        ordinal < position.nextOrdinal || ordinalsAhead.contains(ordinal)
    }

    /// Takes the rows of a finished document.
    /// - Parameters:
    ///   - id: `nil` for a document that has no id of its own, such as a duplicate.
    ///   - tokens: that the document stands for, for the manifest.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    func finish(_ ordinal: Int, id: String?, rows: Spool<UInt8>, isError: Bool, tokens: Int) throws {
        precondition(!isFinished(ordinal), "a document finishes once")
        uncommittedFinished.append(.init(ordinal: ordinal, id: id))
        position.tokens += tokens
        if isError {
            position.documentsFailed += 1
        } else {
            position.documentsDone += 1
        }
        if ordinal == position.nextOrdinal {
            try rows.forEachPiece { try append($0, isError: isError) }
            position.nextOrdinal += 1
            try moveAhead()
        } else {
            let entry = JobLedger.AheadEntry(
                ordinal: ordinal, offset: ahead.length, length: rows.count, isError: isError)
            try rows.forEachPiece { try ahead.append($0) }
            isAheadChanged = true
            uncommittedAhead[ordinal] = entry
            ordinalsAhead.insert(ordinal)
        }
    }

    /// Puts what was written on the disk, then records it.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    func commit() throws {
        guard hasUncommitted else { return }
        try output.synchronize()
        if isErrorsChanged { try errors?.synchronize() }
        if isAheadChanged { try ahead.synchronize() }
        position.outputLength = output.length
        position.errorsLength = errors?.length ?? 0
        position.aheadLength = ordinalsAhead.isEmpty ? 0 : ahead.length
        let entries = uncommittedAhead.values.sorted { $0.ordinal < $1.ordinal }
        try ledger.commit(finished: uncommittedFinished, ahead: entries, position: position)
        uncommittedFinished = []
        uncommittedAhead = [:]
        isErrorsChanged = false
        isAheadChanged = false
        // Only now: until the commit, a crash would have needed these rows.
        if ordinalsAhead.isEmpty, ahead.length > 0 { try ahead.truncate(to: 0) }
    }

    private func append(_ bytes: [UInt8], isError: Bool) throws {
        guard isError else { return try output.append(bytes) }
        if errors == nil { errors = try AppendOnlyFile(path: paths.errors) }
        try errors?.append(bytes)
        isErrorsChanged = true
    }

    /// Moves the rows whose turn has come from the file of rows ahead.
    private func moveAhead() throws {
        while ordinalsAhead.remove(position.nextOrdinal) != nil {
            let ordinal = position.nextOrdinal
            guard let entry = try uncommittedAhead.removeValue(forKey: ordinal) ?? ledger.aheadEntry(ordinal: ordinal)
            else { preconditionFailure("document \(ordinal) came ahead and has no entry") }
            try ahead.forEachPiece(of: entry.offset..<entry.offset + entry.length) {
                try append($0, isError: entry.isError)
            }
            position.nextOrdinal += 1
        }
    }
}
