package import Coordination
package import Documents
import FoundationEssentials
package import Ledger

/// The rows of a job on their way to the disk, in input order whatever the order in which documents finish.
///
/// The rows of a document whose turn has come go to the output (or the errors file) at once, those of others to a file
/// of rows that came ahead. `commit` makes what was written durable and then records how far it goes; after a crash
/// everything behind the recorded lengths is cut off and its documents are done again.
package final class JobOutput {
    private let paths: JobPaths
    private let ledger: JobLedger
    private var output: AppendOnlyFile
    private var errors: AppendOnlyFile?
    private var ahead: AppendOnlyFile
    /// Counts whole documents: behind its lengths, the files may hold a part of one that could not be written.
    package private(set) var position: JobLedger.Position
    /// Documents that finished before their turn and are not in the output yet.
    package private(set) var ordinalsAhead: Set<Int>
    private var uncommittedAhead: [Int: JobLedger.AheadEntry] = [:]
    private var uncommittedFinished: [JobLedger.Finished] = []
    private var isErrorsChanged = false
    private var isAheadChanged = false
    /// Why a document could not be written: nothing can be written behind its torn rows.
    private var failure: (any Error)?
    /// Why written data did not reach the disk. The system says so once (fsync(2)): to try again would succeed and
    /// prove nothing.
    private var lostData: (any Error)?

    /// - Throws: `FileError`, `LedgerError`.
    package init(paths: JobPaths, ledger: JobLedger) throws {
        self.paths = paths
        self.ledger = ledger
        position = try ledger.position()
        ordinalsAhead = try ledger.ordinalsAhead()
        output = try AppendOnlyFile(path: paths.output, keeping: position.outputLength)
        // It may hold rows that were not recorded, of errors that need not come again.
        errors =
            position.errorsLength > 0 || FileManager.default.fileExists(atPath: paths.errors)
            ? try AppendOnlyFile(path: paths.errors, keeping: position.errorsLength) : nil
        ahead = try AppendOnlyFile(path: paths.ahead, keeping: position.aheadLength)
    }

    package var hasUncommitted: Bool { !uncommittedFinished.isEmpty }

    package func isFinished(_ ordinal: Int) -> Bool {
        ordinal < position.nextOrdinal || ordinalsAhead.contains(ordinal)
    }

    /// Takes the rows of a finished document.
    /// - Parameters:
    ///   - id: `nil` for a document that has no id of its own, such as a duplicate.
    ///   - tokens: that the document stands for, for the manifest.
    ///   - profile: that it was computed on, for the manifest; `nil` for an error row.
    ///   - lease: of the worker that computed it.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func finish(
        _ ordinal: Int, id: String?, rows: Spool<UInt8>, isError: Bool, tokens: Int, profile: String? = nil,
        lease: LeaseID? = nil
    ) throws {
        precondition(!isFinished(ordinal), "a document finishes once")
        if let failure { throw failure }
        CrashPoint.pass(.appendingRows)
        do {
            if ordinal == position.nextOrdinal {
                try append(isError: isError, rows.forEachPiece)
                position.nextOrdinal += 1
            } else {
                try appendAhead(ordinal, rows, isError: isError)
            }
            uncommittedFinished.append(.init(ordinal: ordinal, id: id, profile: profile, lease: lease))
            position.tokens += tokens
            if isError {
                position.documentsFailed += 1
            } else {
                position.documentsDone += 1
            }
            try moveAhead()
            CrashPoint.pass(.rowsAppended)
        } catch {
            failure = error
            throw error
        }
    }

    /// Puts what was written on the disk, then records it. After a document that could not be written, this keeps those
    /// before it.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    /// - Parameter leases: granted since the last time, by document.
    package func commit(leases: [Int: LeaseID] = [:]) throws {
        guard hasUncommitted else { return }
        CrashPoint.pass(.synchronizing)
        try synchronize()
        CrashPoint.pass(.synchronized)
        var recorded = position
        if ordinalsAhead.isEmpty { recorded.aheadLength = 0 }
        let entries = uncommittedAhead.values.sorted { $0.ordinal < $1.ordinal }
        CrashPoint.pass(.committing)
        try ledger.commit(leases: leases, finished: uncommittedFinished, ahead: entries, position: recorded)
        CrashPoint.pass(.committed)
        position = recorded
        uncommittedFinished = []
        uncommittedAhead = [:]
        // Only now: until the commit, a crash would have needed these rows.
        if ordinalsAhead.isEmpty, ahead.length > 0 { try ahead.truncate(to: 0) }
        CrashPoint.pass(.aheadCut)
    }

    private func synchronize() throws {
        if let lostData { throw lostData }
        do {
            try output.synchronize()
            if isErrorsChanged { try errors?.synchronize() }
            if isAheadChanged { try ahead.synchronize() }
        } catch {
            lostData = error
            throw error
        }
        isErrorsChanged = false
        isAheadChanged = false
    }

    /// Writes a document's rows whose turn has come. Only when all of them are written do they count.
    /// - Parameter rows: hands them out.
    private func append(isError: Bool, _ rows: (([UInt8]) throws -> Void) throws -> Void) throws {
        if isError {
            if errors == nil { errors = try AppendOnlyFile(path: paths.errors) }
            isErrorsChanged = true
            try rows { try errors?.append($0) }
            position.errorsLength = errors?.length ?? 0
        } else {
            try rows { try output.append($0) }
            position.outputLength = output.length
        }
    }

    private func appendAhead(_ ordinal: Int, _ rows: Spool<UInt8>, isError: Bool) throws {
        let entry = JobLedger.AheadEntry(ordinal: ordinal, offset: ahead.length, length: rows.count, isError: isError)
        isAheadChanged = true
        try rows.forEachPiece { try ahead.append($0) }
        position.aheadLength = ahead.length
        uncommittedAhead[ordinal] = entry
        ordinalsAhead.insert(ordinal)
    }

    /// Moves the rows whose turn has come from the file of rows ahead.
    private func moveAhead() throws {
        while ordinalsAhead.contains(position.nextOrdinal) {
            let ordinal = position.nextOrdinal
            guard let entry = try uncommittedAhead[ordinal] ?? ledger.aheadEntry(ordinal: ordinal)
            else { preconditionFailure("document \(ordinal) came ahead and has no entry") }
            try append(isError: entry.isError) { body in
                try ahead.forEachPiece(of: entry.offset..<entry.offset + entry.length, body)
            }
            uncommittedAhead[ordinal] = nil
            ordinalsAhead.remove(ordinal)
            position.nextOrdinal += 1
        }
    }
}
