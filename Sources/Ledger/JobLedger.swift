public import Coordination
internal import GRDB

/// The durable state of one job: the lengths of its output files, the finished documents and the inputs.
///
/// SQLite runs with a write-ahead log and `synchronous=FULL`, so that a returned commit survives a power loss
/// (sqlite.org/pragma.html, "synchronous"). Its locking is exclusive, so that two coordinators cannot write one output.
/// Rows are in files. The ledger records the lengths of these files once they are durable.
///
/// The ledger may be used by several threads. Their calls are serialised.
public final class JobLedger: Sendable {
    /// The progress of a job.
    public struct Position: Sendable, Equatable {
        /// The ordinal below which every document has its rows in the output or the errors file.
        public var nextOrdinal = 0
        public var outputLength = 0
        public var errorsLength = 0
        /// The length of the file of rows of documents that finished before their turn.
        public var aheadLength = 0
        public var documentsDone = 0
        public var documentsFailed = 0
        public var tokens = 0
        /// The length of the file of document records.
        public var documentsLength = 0
        /// The SHA-256 of the output up to its length; `nil` if none was recorded.
        public var outputDigest: String?
        public var errorsDigest: String?
        public var documentsDigest: String?

        public init() {}
    }

    /// The location of a document's rows in the file of rows ahead. It can also be the location of consecutive
    /// documents' rows in the output of an earlier run.
    public struct AheadEntry: Sendable, Equatable {
        public var ordinal: Int
        public var offset: Int
        public var length: Int
        /// Whether the rows belong in the errors file.
        public var isError: Bool
        /// The SHA-256 of the rows.
        public var digest: String?
        /// The line of the document's record.
        public var record: String?
        /// The number of documents and the location of their records, for rows in an earlier run's output.
        public var earlier: Earlier?

        public struct Earlier: Sendable, Equatable {
            public var count: Int
            public var recordOffset: Int
            public var recordLength: Int

            public init(count: Int, recordOffset: Int, recordLength: Int) {
                self.count = count
                self.recordOffset = recordOffset
                self.recordLength = recordLength
            }
        }

        public init(
            ordinal: Int, offset: Int, length: Int, isError: Bool, digest: String? = nil, record: String? = nil,
            earlier: Earlier? = nil
        ) {
            self.ordinal = ordinal
            self.offset = offset
            self.length = length
            self.isError = isError
            self.digest = digest
            self.record = record
            self.earlier = earlier
        }

        /// The ordinals of the documents whose rows the entry locates.
        public var ordinals: Range<Int> { ordinal..<ordinal + (earlier?.count ?? 1) }
    }

    /// A finished document.
    public struct Finished: Sendable, Equatable {
        public var ordinal: Int
        /// The id; `nil` for a document without an id of its own, such as a duplicate.
        public var id: String?
        /// The profile of the arithmetic that computed the document; `nil` for a document with an error row.
        public var profile: String?
        /// The lease of the worker that computed the document; `nil` if no worker did.
        public var lease: LeaseID?

        public init(ordinal: Int, id: String?, profile: String? = nil, lease: LeaseID? = nil) {
            self.ordinal = ordinal
            self.id = id
            self.profile = profile
            self.lease = lease
        }
    }

    /// The number of documents computed on one arithmetic.
    public struct Profile: Sendable, Equatable {
        public var name: String
        /// The number of documents that have their rows.
        public var documents: Int

        public init(name: String, documents: Int) {
            self.name = name
            self.documents = documents
        }
    }

    /// An input file as it was at the start of the job.
    public struct Input: Sendable, Equatable {
        public var path: String
        public var size: Int
        /// The modification time in nanoseconds since 1970.
        public var modified: Int64
        /// The status change time, which no system call can set; `nil` if unknown.
        public var changed: Int64?
        /// The encoded description of the file, written by its reader.
        public var file: String?
        /// The SHA-256 of the content; `nil` if the file was not read.
        public var sha256: String?

        public init(
            path: String, size: Int, modified: Int64, changed: Int64? = nil, file: String? = nil, sha256: String? = nil
        ) {
            self.path = path
            self.size = size
            self.modified = modified
            self.changed = changed
            self.file = file
            self.sha256 = sha256
        }

        /// Whether size and times are equal, so that the file was not written in between.
        public func hasState(of other: Input) -> Bool {
            size == other.size && modified == other.modified
                && (changed == nil || other.changed == nil || changed == other.changed)
        }
    }

    public let path: String
    private let database: DatabaseQueue

    /// Opens or creates the ledger of a job.
    /// - Parameters:
    ///   - path: the path of the SQLite file, whose directory exists; empty for a temporary file.
    ///   - job: the identity of the job, which an existing ledger must have; `nil` accepts any job.
    ///   - former: the identity that the job had in an earlier version of the program.
    /// - Throws: `LedgerError`.
    public init(path: String, job: JobID?, formerly former: JobID? = nil) throws(LedgerError) {
        self.path = path
        database = try LedgerError.naming("open", path) {
            let database = try DatabaseQueue(path: path, configuration: LedgerSchema.configuration)
            let isForeign = try database.read { database in
                try !database.tableExists("grdb_migrations")
                    && Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT * FROM sqlite_master)") == true
            }
            guard !isForeign else { throw LedgerError.foreign(path: path) }
            try LedgerSchema.job.migrate(database)
            try database.write { database in
                let known = try String.fetchOne(database, sql: "SELECT digest FROM job")
                guard let job else { return }
                guard known == nil || known == job.digest || known == former?.digest else {
                    throw LedgerError.otherJob(path: path)
                }
                if known == nil {
                    try database.execute(sql: "INSERT INTO job (digest) VALUES (?)", arguments: [job.digest])
                } else {
                    try database.execute(sql: "UPDATE job SET digest = ?", arguments: [job.digest])
                }
                // Leases of earlier starts have ended. This start may number its leases from one, because a coordinator
                // started by `run` remembers no earlier starts.
                try database.execute(sql: "DELETE FROM lease")
            }
            return database
        }
    }

    /// The recorded digest of the model.
    public func model() throws(LedgerError) -> String? {
        try read("read") { try String.fetchOne($0, sql: "SELECT model FROM job") }
    }

    /// Records the model, or checks that it is the model of the job's first start. Rows of two models must not be
    /// mixed.
    /// - Parameter digest: the digest of the model.
    public func checkModel(_ digest: String) throws(LedgerError) {
        try write("check the model in") { database in
            let known = try String.fetchOne(database, sql: "SELECT model FROM job")
            guard let known else {
                return try database.execute(sql: "UPDATE job SET model = ?", arguments: [digest])
            }
            guard known == digest else {
                throw LedgerError.modelChanged(path: self.path, began: known, found: digest)
            }
        }
    }

    /// The encoded setup of the job's files, written by their owner.
    /// - Returns: `nil` before the job was prepared, and in a ledger of an earlier version.
    public func setup() throws(LedgerError) -> String? {
        try read("read") { try String.fetchOne($0, sql: "SELECT setup FROM job") }
    }

    public func remember(setup: String) throws(LedgerError) {
        try write("record the setup in") { try $0.execute(sql: "UPDATE job SET setup = ?", arguments: [setup]) }
    }

    public func position() throws(LedgerError) -> Position {
        try read("read") { database in
            var position = Position()
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job") else { return position }
            position.nextOrdinal = try row.count("nextOrdinal")
            position.outputLength = try row.count("outputLength")
            position.errorsLength = try row.count("errorsLength")
            position.aheadLength = try row.count("aheadLength")
            position.documentsDone = try row.count("documentsDone")
            position.documentsFailed = try row.count("documentsFailed")
            position.tokens = try row.count("tokens")
            position.documentsLength = try row.count("documentsLength")
            position.outputDigest = row["outputDigest"]
            position.errorsDigest = row["errorsDigest"]
            position.documentsDigest = row["documentsDigest"]
            return position
        }
    }

    /// Records finished documents and the lengths of the files. The lengths must be durable already.
    /// - Parameters:
    ///   - leases: the leases granted since the last record, by document.
    ///   - finished: the newly finished documents, each checked against its newest lease.
    ///   - ahead: the entries added to the file of rows ahead.
    ///   - position: the new position. Entries below its `nextOrdinal` have been moved to the output and are deleted
    ///     here.
    /// - Throws: `LedgerError`, such as `.staleLease`. Nothing is recorded then.
    public func commit(
        leases: [Int: LeaseID] = [:], finished: [Finished], ahead: [AheadEntry], position: Position
    ) throws(LedgerError) {
        try write("record results in") { database in
            try note(leases, in: database)
            for document in finished {
                try checkLease(document.lease, of: document.ordinal, in: database)
                try forget(document.ordinal, in: database)
                if let id = document.id {
                    try database.execute(
                        sql: "INSERT INTO identity (id, ordinal) VALUES (?, ?)", arguments: [id, document.ordinal])
                }
                if let profile = document.profile { try count(1, on: profile, in: database) }
            }
            for entry in ahead { try insert(entry, in: database) }
            try database.execute(sql: "DELETE FROM ahead WHERE ordinal < ?", arguments: [position.nextOrdinal])
            try record(position, in: database)
        }
    }

    func count(_ documents: Int, on profile: String, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO profile (name, documents, number) VALUES (?, ?, (SELECT count(*) FROM profile))
                    ON CONFLICT (name) DO UPDATE SET documents = documents + excluded.documents
                """,
            arguments: [profile, documents])
    }

    func insert(_ entry: AheadEntry, in database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO ahead (ordinal, offset, length, isError, digest, record, isEarlier, count, recordOffset,
                    recordLength) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                entry.ordinal, entry.offset, entry.length, entry.isError, entry.digest, entry.record,
                entry.earlier != nil, entry.ordinals.count, entry.earlier?.recordOffset ?? 0,
                entry.earlier?.recordLength ?? 0,
            ])
    }

    func record(_ position: Position, in database: Database) throws {
        try database.execute(
            sql: """
                UPDATE job SET nextOrdinal = ?, outputLength = ?, errorsLength = ?, aheadLength = ?,
                    documentsDone = ?, documentsFailed = ?, tokens = ?, documentsLength = ?, outputDigest = ?,
                    errorsDigest = ?, documentsDigest = ?
                """,
            arguments: [
                position.nextOrdinal, position.outputLength, position.errorsLength, position.aheadLength,
                position.documentsDone, position.documentsFailed, position.tokens, position.documentsLength,
                position.outputDigest, position.errorsDigest, position.documentsDigest,
            ])
    }

    /// The entry of a document that finished before its turn.
    public func aheadEntry(ordinal: Int) throws(LedgerError) -> AheadEntry? {
        try read("read") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM ahead WHERE ordinal = ?", arguments: [ordinal]).map {
                AheadEntry(
                    ordinal: try $0.count("ordinal"), offset: try $0.count("offset"), length: try $0.count("length"),
                    isError: try $0.count("isError") != 0, digest: $0["digest"], record: $0["record"],
                    earlier: try $0.count("isEarlier") != 0
                        ? .init(
                            count: try $0.count("count"), recordOffset: try $0.count("recordOffset"),
                            recordLength: try $0.count("recordLength"))
                        : nil)
            }
        }
    }

    /// The ordinals of the documents that finished before their turn.
    public func ordinalsAhead() throws(LedgerError) -> RangeSet<Int> {
        try read("read") { database in
            var ordinals = RangeSet<Int>()
            let rows = try Row.fetchCursor(database, sql: "SELECT ordinal, count FROM ahead ORDER BY ordinal")
            while let row = try rows.next() {
                let first = try row.count("ordinal")
                ordinals.insert(contentsOf: first..<first + (try row.count("count")))
            }
            return ordinals
        }
    }

    /// The ordinal of the finished document with an id.
    public func ordinal(ofID id: String) throws(LedgerError) -> Int? {
        try read("read") { database in
            try Int.fetchOne(database, sql: "SELECT ordinal FROM identity WHERE id = ?", arguments: [id])
        }
    }

    /// The profiles of finished documents, in the order of their first use.
    public func profiles() throws(LedgerError) -> [Profile] {
        try read("read") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM profile ORDER BY number, name").map {
                Profile(name: try $0.text("name"), documents: try $0.count("documents"))
            }
        }
    }

    func read<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(LedgerError) -> Value {
        try LedgerError.naming(operation, path) { try database.read(body) }
    }

    func write<Value>(_ operation: String, _ body: (Database) throws -> Value) throws(LedgerError) -> Value {
        try LedgerError.naming(operation, path) { try database.write(body) }
    }
}
