internal import GRDB

/// The takeover of an earlier run's rows by an update of a job.
public final class Takeover {
    /// A document of the updated job.
    public struct Candidate: Sendable {
        public var ordinal: Int
        public var id: String
        /// The digest of the document's source bytes; `nil` if not yet known.
        public var digest: String?

        public init(ordinal: Int, id: String, digest: String?) {
            self.ordinal = ordinal
            self.id = id
            self.digest = digest
        }
    }

    /// The numbers of documents, compared with the earlier run.
    public struct Counts: Sendable, Equatable {
        /// The number of documents whose rows stay.
        public var kept = 0
        public var changed = 0
        public var new = 0
        /// The number of documents that no longer exist.
        public var gone = 0
    }

    /// The limits of a run of documents, so that moving its rows takes only a moment.
    private static let largestRun = (documents: 4096, bytes: 4 << 20)

    private let ledger: JobLedger
    private let profiles: [String]
    private var run: JobLedger.AheadEntry?
    private var documentsByProfile: [Int: Int] = [:]
    private var position = JobLedger.Position()
    private var counts = Counts()

    /// - Parameters:
    ///   - ledger: the ledger of a new job.
    ///   - profiles: the names of the earlier run's profiles, by number.
    ///   - earlier: returns the next document of the earlier run, and `nil` at the end.
    /// - Throws: `LedgerError`; errors of `earlier`.
    public init(
        _ ledger: JobLedger, profiles: [String], earlier: () throws -> JobLedger.EarlierDocument?
    ) throws {
        self.ledger = ledger
        self.profiles = profiles
        try ledger.passingErrors { pass in
            try ledger.write("record earlier rows in") { database in
                while let document = try pass(earlier) { try Self.insert(document, in: database) }
                for profile in profiles { try ledger.count(0, on: profile, in: database) }
            }
        }
    }

    /// Decides which documents keep their rows, in the order of the updated job. If an id is repeated, its first
    /// document takes the rows.
    public func settle(_ candidates: [Candidate]) throws(LedgerError) {
        try ledger.write("take rows over in") { database in
            for candidate in candidates {
                guard let earlier = try Self.take(candidate.id, in: database) else {
                    counts.new += 1
                    continue
                }
                if earlier.digest == candidate.digest {
                    counts.kept += 1
                    try keep(earlier, as: candidate.ordinal, in: database)
                } else {
                    counts.changed += 1
                }
            }
        }
    }

    /// Ends the takeover. The job continues as if it had just finished the kept documents.
    public func finish() throws(LedgerError) -> Counts {
        try ledger.write("take rows over in") { database in
            try endRun(in: database)
            for (number, count) in documentsByProfile where profiles.indices.contains(number) {
                try ledger.count(count, on: profiles[number], in: database)
            }
            try ledger.record(position, in: database)
            counts.gone = try Int.fetchOne(database, sql: "SELECT count(*) FROM earlier") ?? 0
            for table in ["earlier", "formerInput"] { try database.execute(sql: "DELETE FROM \(table)") }
        }
        return counts
    }

    private static func insert(_ document: JobLedger.EarlierDocument, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO earlier (id, ordinal, offset, length, recordOffset, recordLength, tokens, profile,
                    digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                document.id, document.ordinal, document.offset, document.length, document.recordOffset,
                document.recordLength, document.tokens, document.profile, document.digest,
            ])
    }

    private static func take(_ id: String, in database: Database) throws -> JobLedger.EarlierDocument? {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM earlier WHERE id = ?", arguments: [id]) else {
            return nil
        }
        try database.execute(sql: "DELETE FROM earlier WHERE id = ?", arguments: [id])
        return JobLedger.EarlierDocument(
            id: row["id"], ordinal: row["ordinal"], offset: row["offset"], length: row["length"],
            recordOffset: row["recordOffset"], recordLength: row["recordLength"], tokens: row["tokens"],
            profile: row["profile"], digest: row["digest"])
    }

    private func keep(
        _ document: JobLedger.EarlierDocument, as ordinal: Int, in database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO identity (id, ordinal) VALUES (?, ?)", arguments: [document.id, ordinal])
        position.documentsDone += 1
        position.tokens += document.tokens
        documentsByProfile[document.profile, default: 0] += 1
        if var known = run, var earlier = known.earlier, known.ordinals.upperBound == ordinal,
            known.offset + known.length == document.offset,
            earlier.recordOffset + earlier.recordLength == document.recordOffset,
            earlier.count < Self.largestRun.documents, known.length < Self.largestRun.bytes
        {
            earlier.count += 1
            earlier.recordLength += document.recordLength
            known.length += document.length
            known.earlier = earlier
            run = known
            return
        }
        try endRun(in: database)
        run = .init(
            ordinal: ordinal, offset: document.offset, length: document.length, isError: false,
            earlier: .init(count: 1, recordOffset: document.recordOffset, recordLength: document.recordLength))
    }

    private func endRun(in database: Database) throws {
        if let run { try ledger.insert(run, in: database) }
        run = nil
    }
}
