public import Coordination
internal import GRDB

/// What survives a crash of one job: how far its output goes, which documents are finished, and what the inputs were.
///
/// SQLite with a write-ahead log and `synchronous=FULL`, so that a commit that returned outlives a loss of power
/// (sqlite.org/pragma.html, "synchronous"), and exclusive locking, so that two coordinators cannot write one output.
/// Rows live in files; the ledger says how long these are, and is written only after they are on the disk.
///
/// Used by one thread at a time.
public final class JobLedger {
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

        public init() {}
    }

    /// Where the rows of a document that finished before its turn lie in the file of such rows.
    public struct AheadEntry: Sendable, Equatable {
        public var ordinal: Int
        public var offset: Int
        public var length: Int
        /// Rows for the errors file.
        public var isError: Bool

        public init(ordinal: Int, offset: Int, length: Int, isError: Bool) {
            self.ordinal = ordinal
            self.offset = offset
            self.length = length
            self.isError = isError
        }
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

        public init(path: String, size: Int, modified: Int64) {
            self.path = path
            self.size = size
            self.modified = modified
        }
    }

    public let path: String
    private let database: DatabaseQueue

    /// Opens the ledger of a job, or makes it.
    /// - Parameters:
    ///   - path: of the SQLite file; its directory exists.
    ///   - job: the identity of the job; an existing ledger must be of the same.
    /// - Throws: `LedgerError`.
    public init(path: String, job: JobID) throws(LedgerError) {
        self.path = path
        database = try LedgerError.naming("open", path) {
            let database = try DatabaseQueue(path: path, configuration: LedgerSchema.configuration)
            try LedgerSchema.job.migrate(database)
            try database.write { database in
                let known = try String.fetchOne(database, sql: "SELECT digest FROM job")
                guard known == nil || known == job.digest else { throw LedgerError.otherJob(path: path) }
                if known == nil {
                    try database.execute(sql: "INSERT INTO job (digest) VALUES (?)", arguments: [job.digest])
                }
                // Those of earlier starts are over, and this start may count its own from one: a coordinator that `run`
                // starts remembers no others.
                try database.execute(sql: "DELETE FROM lease")
            }
            return database
        }
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

    public func position() throws(LedgerError) -> Position {
        try read("read") { database in
            var position = Position()
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM job") else { return position }
            position.nextOrdinal = row["nextOrdinal"]
            position.outputLength = row["outputLength"]
            position.errorsLength = row["errorsLength"]
            position.aheadLength = row["aheadLength"]
            position.documentsDone = row["documentsDone"]
            position.documentsFailed = row["documentsFailed"]
            position.tokens = row["tokens"]
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
                guard let profile = document.profile else { continue }
                try database.execute(
                    sql: """
                        INSERT INTO profile (name, documents) VALUES (?, 1)
                            ON CONFLICT (name) DO UPDATE SET documents = documents + 1
                        """,
                    arguments: [profile])
            }
            for entry in ahead {
                try database.execute(
                    sql: "INSERT INTO ahead (ordinal, offset, length, isError) VALUES (?, ?, ?, ?)",
                    arguments: [entry.ordinal, entry.offset, entry.length, entry.isError])
            }
            try database.execute(sql: "DELETE FROM ahead WHERE ordinal < ?", arguments: [position.nextOrdinal])
            try database.execute(
                sql: """
                    UPDATE job SET nextOrdinal = ?, outputLength = ?, errorsLength = ?, aheadLength = ?,
                        documentsDone = ?, documentsFailed = ?, tokens = ?
                    """,
                arguments: [
                    position.nextOrdinal, position.outputLength, position.errorsLength, position.aheadLength,
                    position.documentsDone, position.documentsFailed, position.tokens,
                ])
        }
    }

    /// The entry of a document that finished before its turn.
    public func aheadEntry(ordinal: Int) throws(LedgerError) -> AheadEntry? {
        try read("read") { database in
            try Row.fetchOne(database, sql: "SELECT * FROM ahead WHERE ordinal = ?", arguments: [ordinal]).map {
                AheadEntry(ordinal: $0["ordinal"], offset: $0["offset"], length: $0["length"], isError: $0["isError"])
            }
        }
    }

    /// Documents that finished before their turn, as a start finds them.
    public func ordinalsAhead() throws(LedgerError) -> Set<Int> {
        try read("read") { database in
            Set(try Int.fetchAll(database, sql: "SELECT ordinal FROM ahead"))
        }
    }

    /// The finished document that has an id.
    public func ordinal(ofID id: String) throws(LedgerError) -> Int? {
        try read("read") { database in
            try Int.fetchOne(database, sql: "SELECT ordinal FROM identity WHERE id = ?", arguments: [id])
        }
    }

    /// Profiles that finished documents were computed on, sorted by name.
    public func profiles() throws(LedgerError) -> [Profile] {
        try read("read") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM profile ORDER BY name").map {
                Profile(name: $0["name"], documents: $0["documents"])
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
