package import Coordination
package import Documents
import FoundationEssentials
package import Ledger

/// The files of a job's rows.
///
/// Rows are synchronised, then the ledger records the lengths of the files. After a crash, everything behind the
/// recorded lengths is cut off, and its documents are done again. An update takes rows from the output of the earlier
/// run, when it is their turn.
package final class JobOutput {
    /// A document that has its rows.
    package struct Document {
        package var ordinal: Int
        package var id: String
        /// Whether the document owns its id; a duplicate does not.
        package var ownsID: Bool
        package var isError: Bool
        /// The number of tokens that the document counts for.
        package var tokens: Int
        /// The SHA-256 of the bytes of the document's record.
        package var digest: String?
        /// The profile on which the document was computed; `nil` for an error row.
        package var profile: String?
        /// The lease of the worker that computed the document.
        package var lease: LeaseID?

        package init(
            ordinal: Int, id: String, ownsID: Bool = true, isError: Bool = false, tokens: Int, digest: String? = nil,
            profile: String? = nil, lease: LeaseID? = nil
        ) {
            self.ordinal = ordinal
            self.id = id
            self.ownsID = ownsID
            self.isError = isError
            self.tokens = tokens
            self.digest = digest
            self.profile = profile
            self.lease = lease
        }
    }

    /// The bytes that are moved to the output in one go.
    static let bytesMovedAtOnce = 16 << 20

    private let paths: JobPaths
    private let ledger: JobLedger
    private(set) var setup: JobSetup
    private var output: RowFile
    private var errors: RowFile?
    /// The file of documents' records; `nil` in a job that an earlier version began.
    private var documents: RowFile?
    private var ahead: AppendOnlyFile
    /// The output of an earlier run from which rows are taken over, and the lines of its documents.
    private var earlier: ReadableFile?
    private var earlierDocuments: ReadableFile?
    /// The position after the last whole document. Behind it the files may hold a part of a document that could not be
    /// written.
    package private(set) var position: JobLedger.Position
    /// The contents of the files up to ``position``.
    private var whole: (output: FilePrefix, errors: FilePrefix, documents: FilePrefix)
    /// The names of profiles, by number.
    private var profiles: [String]
    private var uncommittedAhead: [Int: JobLedger.AheadEntry] = [:]
    private var uncommittedFinished: [JobLedger.Finished] = []
    private var isErrorsChanged = false
    private var isAheadChanged = false
    /// The error of a document that could not be written. Nothing can be written behind its torn rows.
    private var failure: (any Error)?
    /// The error of a failed synchronisation. The system reports it only once (fsync(2)), so a second try would succeed
    /// and prove nothing.
    private var lostData: (any Error)?

    /// - Throws: `FileError`, `LedgerError`.
    package init(paths: JobPaths, ledger: JobLedger, start: OutputStart) throws {
        self.paths = paths
        self.ledger = ledger
        setup = start.setup
        position = start.position
        profiles = start.profiles
        whole = (start.output, start.errors, start.documents)
        output = try RowFile(path: paths.output(setup), keeping: start.output)
        errors = setup.hasErrors ? try RowFile(path: paths.errors(setup), keeping: start.errors) : nil
        documents =
            setup.hasRecords ? try RowFile(path: paths.stagedDocuments, keeping: start.documents) : nil
        ahead = try AppendOnlyFile(path: paths.ahead, keeping: position.aheadLength)
        if let source = setup.source {
            earlier = try ReadableFile(path: paths.output)
            earlierDocuments = try ReadableFile(path: source.documents)
        }
    }

    /// Makes or takes up the files of a job whose setup nobody has recorded.
    package convenience init(paths: JobPaths, ledger: JobLedger) throws {
        let setup = try JobSetup(ledger) ?? JobSetup(chunkTokens: 0)
        try self.init(paths: paths, ledger: ledger, start: OutputStart(paths, ledger, setup))
    }

    /// SHA-256 of the output, of the errors file and of the file of documents.
    var digests: (output: String, errors: String?, documents: String?) {
        (
            whole.output.digest, position.errorsLength > 0 ? whole.errors.digest : nil,
            documents == nil ? nil : whole.documents.digest
        )
    }

    /// Writes the rows of a document that has ended.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func write(_ document: Document, rows: Spool<UInt8>, to place: OutputProgress.Place) throws {
        try attempt {
            CrashPoint.pass(.appendingRows)
            let record = DocumentRecord(
                id: document.id, digest: document.digest, bytes: rows.count, tokens: document.tokens,
                profile: document.profile.map { number(of: $0) } ?? 0, isError: document.isError
            ).line
            switch place {
            case .output:
                try append(isError: document.isError, record: { try $0(record) }, rows.forEachPiece)
                position.nextOrdinal = document.ordinal + 1
            case .ahead:
                try appendAhead(document, rows, record: record)
            }
            uncommittedFinished.append(
                .init(
                    ordinal: document.ordinal, id: document.ownsID ? document.id : nil, profile: document.profile,
                    lease: document.lease))
            position.tokens += document.tokens
            if document.isError {
                position.documentsFailed += 1
            } else {
                position.documentsDone += 1
            }
            CrashPoint.pass(.rowsAppended)
        }
    }

    /// Moves rows whose turn has come, from the file of rows ahead or from the output of an earlier run. It moves all
    /// of them, or stops after ``bytesMovedAtOnce`` bytes to let others have their turn.
    /// - Parameters:
    ///   - ordinals: the documents. The first is the next of the output.
    ///   - moved: the bytes that were moved; at least ``bytesMovedAtOnce`` if any rows are left.
    /// - Returns: the document after the last one whose rows were moved.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func moveAhead(_ ordinals: Range<Int>, _ moved: inout Int) throws -> Int {
        try attempt {
            while position.nextOrdinal < ordinals.upperBound {
                let ordinal = position.nextOrdinal
                guard let entry = try uncommittedAhead[ordinal] ?? ledger.aheadEntry(ordinal: ordinal),
                    entry.ordinals.contains(ordinal)
                else {
                    let message = "\(paths.ledger) counts the rows of document \(ordinal) and does not have them"
                    throw JobRefusal(Failure(code: "ledger", message: message), reason: .inputOutput)
                }
                if let run = entry.earlier {
                    try moveEarlier(entry, run)
                } else {
                    try moveAhead(entry)
                }
                moved += entry.length
                uncommittedAhead[ordinal] = nil
                position.nextOrdinal = entry.ordinals.upperBound
                if moved >= Self.bytesMovedAtOnce { break }
            }
            return position.nextOrdinal
        }
    }

    private func attempt<Value>(_ body: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do {
            return try body()
        } catch {
            failure = error
            throw error
        }
    }

    /// Records in the ledger what was synchronised. After a document that could not be written, this keeps the
    /// documents before it.
    /// - Parameters:
    ///   - leases: the leases granted since the last record, by document.
    ///   - isAheadOver: whether the output has all rows of the file of rows ahead.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func commit(leases: [Int: LeaseID] = [:], isAheadOver: Bool) throws {
        var recorded = position
        if isAheadOver { recorded.aheadLength = 0 }
        recorded.outputDigest = whole.output.digest
        recorded.errorsDigest = whole.errors.digest
        recorded.documentsDigest = whole.documents.digest
        let entries = uncommittedAhead.values.sorted { $0.ordinal < $1.ordinal }
        CrashPoint.pass(.committing)
        try ledger.commit(leases: leases, finished: uncommittedFinished, ahead: entries, position: recorded)
        CrashPoint.pass(.committed)
        position = recorded
        uncommittedFinished = []
        uncommittedAhead = [:]
    }

    /// Empties the file of rows ahead. The ledger has recorded that all of them are in the output.
    /// - Throws: `FileError`; the job cannot go on then.
    package func cutAhead() throws {
        if ahead.length > 0 { try ahead.truncate(to: 0) }
        CrashPoint.pass(.aheadCut)
    }

    /// Synchronises all files with the disk.
    /// - Throws: `FileError`; the job cannot go on then.
    package func synchronize() throws {
        CrashPoint.pass(.synchronizing)
        try synchronizeFiles()
        CrashPoint.pass(.synchronized)
    }

    private func synchronizeFiles() throws {
        if let lostData { throw lostData }
        do {
            try output.synchronize()
            if isErrorsChanged { try errors?.synchronize() }
            try documents?.synchronize()
            if isAheadChanged { try ahead.synchronize() }
        } catch {
            lostData = error
            throw error
        }
        isErrorsChanged = false
        isAheadChanged = false
    }

    private func number(of profile: String) -> Int {
        if let number = profiles.firstIndex(of: profile) { return number }
        profiles.append(profile)
        return profiles.count - 1
    }

    /// A function that passes bytes on in pieces.
    private typealias Pieces = (([UInt8]) throws -> Void) throws -> Void

    /// Writes a document's rows whose turn has come. They count only when all of them are written.
    private func append(isError: Bool, record: Pieces, _ rows: Pieces) throws {
        if isError, errors == nil { try makeErrors() }
        if isError {
            isErrorsChanged = true
            try rows { try errors?.append($0) }
        } else {
            try rows { try output.append($0) }
        }
        if documents != nil { try record { try documents?.append($0) } }
        position.outputLength = output.length
        position.errorsLength = errors?.length ?? 0
        position.documentsLength = documents?.length ?? 0
        whole.output = output.prefix
        if isError, let prefix = errors?.prefix { whole.errors = prefix }
        if let prefix = documents?.prefix { whole.documents = prefix }
    }

    private func makeErrors() throws {
        errors = try RowFile(new: paths.errors(setup))
        setup.hasErrors = true
        try setup.remember(in: ledger)
    }

    private func appendAhead(_ document: Document, _ rows: Spool<UInt8>, record: [UInt8]) throws {
        let start = ahead.length
        var written = FilePrefix()
        isAheadChanged = true
        try rows.forEachPiece { piece in
            try ahead.checkLength()
            try ahead.append(piece)
            written.add(piece)
        }
        position.aheadLength = ahead.length
        uncommittedAhead[document.ordinal] = JobLedger.AheadEntry(
            ordinal: document.ordinal, offset: start, length: rows.count, isError: document.isError,
            digest: written.digest, record: String(decoding: record, as: UTF8.self))
    }

    private func moveAhead(_ entry: JobLedger.AheadEntry) throws {
        try append(isError: entry.isError, record: { try $0(Array((entry.record ?? "").utf8)) }) { body in
            var found = FilePrefix()
            try ahead.forEachPiece(of: entry.offset..<entry.offset + entry.length) { piece in
                found.add(piece)
                try body(piece)
            }
            if let digest = entry.digest, digest != found.digest { throw FileError(.read, paths.ahead, .altered) }
        }
    }

    private func moveEarlier(_ entry: JobLedger.AheadEntry, _ run: JobLedger.AheadEntry.Earlier) throws {
        // The output was compared with its manifest when the update began.
        guard let known = setup.replaced.output, try earlier?.state().isSameFile(as: known) == true else {
            throw FileError(.read, paths.output, .altered)
        }
        let (rows, records) = (entry.offset..<entry.offset + entry.length, run.recordOffset)
        try append(
            isError: false,
            record: { try earlierDocuments?.forEachPiece(of: records..<records + run.recordLength, $0) },
            { try earlier?.forEachPiece(of: rows, $0) })
    }
}
