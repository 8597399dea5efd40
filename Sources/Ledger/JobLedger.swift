public import Coordination
internal import GRDB

/// What survives a crash of one job: how far its output goes, which documents are finished, and what the inputs were.
///
/// SQLite with a write-ahead log and `synchronous=FULL`, so that a commit that returned outlives a loss of power
/// (sqlite.org/pragma.html, "synchronous"), and exclusive locking, so that two coordinators cannot write one output.
/// Rows live in files; the ledger says how long these are, and is written only after they are on the disk.
///
/// May be used by several threads: what one of them does waits for what another does.
public final class JobLedger: Sendable {
    /// How far the job is.
    public struct Position: Sendable, Equatable {
        /// Every document below has its rows in the output or the errors file.
        public var nextOrdinal = 0
        public var outputLength = 0
        public var errorsLength = 0
        /// Rows of documents that finished before their turn, in a file of their own.
        public var aheadLength = 0
        public var documentsDone = 0
        public var documentsFailed = 0
        public var tokens = 0
        /// Lines that say what the documents were, in a file of their own.
        public var documentsLength = 0
        /// SHA-256 of the files as far as the lengths go; `nil` where nothing was recorded.
        public var outputDigest: String?
        public var errorsDigest: String?
        public var documentsDigest: String?

        public init() {}
    }

    /// Where the rows of a document that finished before its turn lie in the file of such rows; or those of documents
    /// that follow one another, in the output of an earlier run.
    public struct AheadEntry: Sendable, Equatable {
        public var ordinal: Int
        public var offset: Int
        public var length: Int
        /// Rows for the errors file.
        public var isError: Bool
        /// SHA-256 of the rows.
        public var digest: String?
        /// The line that says what the document was.
        public var record: String?
        /// In an earlier run's output: how many documents, and where the lines lie that say what they were.
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

        /// The documents whose rows it holds.
        public var ordinals: Range<Int> { ordinal..<ordinal + (earlier?.count ?? 1) }
    }

    /// A document that is finished.
    public struct Finished: Sendable, Equatable {
        public var ordinal: Int
        /// `nil` for a document that has no id of its own, such as a duplicate.
        public var id: String?
        /// On which arithmetic it was computed; `nil` for one that has an error row.
        public var profile: String?
        /// Of the worker that computed it; `nil` for one that nobody did.
        public var lease: LeaseID?

        public init(ordinal: Int, id: String?, profile: String? = nil, lease: LeaseID? = nil) {
            self.ordinal = ordinal
            self.id = id
            self.profile = profile
            self.lease = lease
        }
    }

    /// How much of a job was computed on one arithmetic.
    public struct Profile: Sendable, Equatable {
        public var name: String
        /// Documents that have their rows.
        public var documents: Int

        public init(name: String, documents: Int) {
            self.name = name
            self.documents = documents
        }
    }

    /// An input file as it was when the job began.
    public struct Input: Sendable, Equatable {
        public var path: String
        public var size: Int
        /// Nanoseconds since 1970.
        public var modified: Int64
        /// Time of the last change of the entry, which no call can set; `nil` where it is not known.
        public var changed: Int64?
        /// The file, in the words of whoever reads it.
        public var file: String?
        /// SHA-256 of what it holds, where that was read.
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

        /// Whether size and times say that nothing was written to the file in between.
        public func hasState(of other: Input) -> Bool {
            size == other.size && modified == other.modified
                && (changed == nil || other.changed == nil || changed == other.changed)
        }
    }

    public let path: String
    private let database: DatabaseQueue

    /// Opens the ledger of a job, or makes it.
    /// - Parameters:
    ///   - path: of the SQLite file; its directory exists. Empty: a file that goes with the ledger.
    ///   - job: the identity of the job; an existing ledger must be of the same. `nil`: of any.
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
                // Those of earlier starts are over, and this start may count its own from one: a coordinator that `run`
                // starts remembers no others.
                try database.execute(sql: "DELETE FROM lease")
            }
            return database
        }
    }

    /// The model that was remembered.
    public func model() throws(LedgerError) -> String? {
        try read("read") { try String.fetchOne($0, sql: "SELECT model FROM job") }
    }

    /// Remembers the model, or checks that it is that of the job's first start: rows of two models do not go together.
    /// - Parameter digest: of the model.
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

    /// How the job goes about its files, in the words of whoever keeps them.
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

    /// Records that documents are finished and how long the files are now; those lengths are on the disk already.
    /// - Parameters:
    ///   - leases: granted since the last time, by document.
    ///   - finished: documents that were not recorded before; each is checked against the newest lease of it.
    ///   - ahead: entries that were added to the file of rows before their turn.
    ///   - position: the entries below its `nextOrdinal` have been moved to the output and are dropped here.
    /// - Throws: `LedgerError.staleLease` among others; nothing is recorded then.
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

    /// Documents that finished before their turn, as a start finds them.
    public func ordinalsAhead() throws(LedgerError) -> RangeSet<Int> {
        try read("read") { database in
            var ordinals = RangeSet<Int>()
            let rows = try Row.fetchCursor(database, sql: "SELECT ordinal, count FROM ahead ORDER BY ordinal")
            while let row = try rows.next() {
                let first: Int = row["ordinal"]
                ordinals.insert(contentsOf: first..<first + row["count"])
            }
            return ordinals
        }
    }

    /// The finished document that has an id.
    public func ordinal(ofID id: String) throws(LedgerError) -> Int? {
        try read("read") { database in
            try Int.fetchOne(database, sql: "SELECT ordinal FROM identity WHERE id = ?", arguments: [id])
        }
    }

    /// Profiles that finished documents were computed on, in the order in which they came.
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
