public import Coordination
internal import GRDB

/// The durable state of a coordinator: the number of its starts, and the accepted jobs.
///
/// The ledger keeps the description of each job. A job's progress is in its own ``JobLedger``, beside its output.
public final class CoordinatorLedger: Sendable {
    private let path: String
    private let database: DatabaseQueue

    /// - Parameter path: the path of the SQLite file, whose directory exists; `nil` for a ledger in memory.
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

    /// Counts this start of the coordinator. Leases of a later epoch are newer than all earlier ones.
    public func nextEpoch() throws(LedgerError) -> UInt32 {
        try LedgerError.naming("count a start in", path) {
            try database.write { database in
                try database.execute(sql: "UPDATE coordinator SET epoch = epoch + 1")
                return try UInt32.fetchOne(database, sql: "SELECT epoch FROM coordinator") ?? 1
            }
        }
    }

    /// Stores a job, or the new description of a known job. The job is durable when this returns.
    /// - Parameter json: the description of the job.
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

    /// Deletes a finished job.
    public func finished(_ job: JobID) throws(LedgerError) {
        try LedgerError.naming("record the end of a job in", path) {
            try database.write { database in
                try database.execute(sql: "DELETE FROM job WHERE digest = ?", arguments: [job.digest])
            }
        }
    }

    /// The descriptions of the unfinished jobs, in the order of acceptance.
    public func jobs() throws(LedgerError) -> [String] {
        try LedgerError.naming("read", path) {
            try database.read { try String.fetchAll($0, sql: "SELECT json FROM job ORDER BY position") }
        }
    }
}
