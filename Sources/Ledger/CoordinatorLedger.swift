public import Coordination
internal import GRDB

/// What survives a crash of a coordinator: how often it started, and the jobs it has accepted.
///
/// Of each job it keeps what the job says; how far it is stands in the job's own ``JobLedger``, beside its output.
public final class CoordinatorLedger: Sendable {
    private let path: String
    private let database: DatabaseQueue

    /// - Parameter path: of the SQLite file; its directory exists. `nil`: nothing survives.
    /// - Throws: `LedgerError`.
    public init(path: String?) throws(LedgerError) {
        self.path = path ?? "in memory"
        database = try LedgerError.naming("open", self.path) {
            let database =
                if let path {
                    try DatabaseQueue(path: path, configuration: LedgerSchema.configuration)
                } else {
                    try DatabaseQueue()
                }
            try LedgerSchema.coordinator.migrate(database)
            return database
        }
    }

    /// Counts this start of the coordinator: leases given from now on are newer than all before.
    public func nextEpoch() throws(LedgerError) -> UInt32 {
        try LedgerError.naming("count a start in", path) {
            try database.write { database in
                try database.execute(sql: "UPDATE coordinator SET epoch = epoch + 1")
                return try UInt32.fetchOne(database, sql: "SELECT epoch FROM coordinator") ?? 1
            }
        }
    }

    /// Remembers a job, or what a known one says now. When this returns, it is accepted whatever happens next.
    /// - Parameter json: what the job says.
    public func accept(_ job: JobID, json: String) throws(LedgerError) {
        try LedgerError.naming("record a job in", path) {
            try database.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO job (digest, json) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET json = excluded.json
                        """,
                    arguments: [job.digest, json])
            }
        }
    }

    /// The job needs no further work; it is forgotten at the next start.
    public func finished(_ job: JobID) throws(LedgerError) {
        try LedgerError.naming("record the end of a job in", path) {
            try database.write { database in
                try database.execute(sql: "DELETE FROM job WHERE digest = ?", arguments: [job.digest])
            }
        }
    }

    /// What the accepted jobs that are not finished say, in the order in which they came.
    public func jobs() throws(LedgerError) -> [String] {
        try LedgerError.naming("read", path) {
            try database.read { try String.fetchAll($0, sql: "SELECT json FROM job ORDER BY position") }
        }
    }
}
