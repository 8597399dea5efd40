public import Coordination
import FoundationEssentials
internal import GRDB
internal import Jobs

/// Snapshots of unfinished documents, and the check of their leases.
extension JobLedger {
    /// A durable snapshot and the position of its document.
    public struct SnapshotRecord: Sendable, Equatable {
        public var ordinal: Int
        public var profile: String
        public var point: ResumePoint
        /// The progress of the document at the snapshot, encoded by the owner of its rows.
        public var progress: String

        public init(ordinal: Int, profile: String, point: ResumePoint, progress: String) {
            self.ordinal = ordinal
            self.profile = profile
            self.point = point
            self.progress = progress
        }
    }

    /// Records a snapshot. Its file and the files that `progress` refers to must be durable.
    /// - Parameters:
    ///   - lease: the lease of the snapshot's worker, checked against the document's newest lease.
    ///   - leases: the leases granted since the last record, by document.
    /// - Throws: `LedgerError`, such as `.staleLease`. Nothing is recorded then.
    public func record(
        _ snapshot: SnapshotRecord, lease: LeaseID, leases: [Int: LeaseID]
    ) throws(LedgerError) {
        try write("record a snapshot in") { database in
            try note(leases, in: database)
            try checkLease(lease, of: snapshot.ordinal, in: database)
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO snapshot (ordinal, steps, profile, point, progress) VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    snapshot.ordinal, snapshot.point.steps, snapshot.profile, try SortedJSON.text(of: snapshot.point),
                    snapshot.progress,
                ])
        }
    }

    /// Deletes snapshots of a document. Their files may be removed afterwards.
    public func dropSnapshots(of ordinal: Int, steps: [Int]) throws(LedgerError) {
        guard !steps.isEmpty else { return }
        try write("forget a snapshot in") { database in
            for steps in steps {
                try database.execute(
                    sql: "DELETE FROM snapshot WHERE ordinal = ? AND steps = ?", arguments: [ordinal, steps])
            }
        }
    }

    /// Deletes all snapshots. Unfinished documents start again.
    public func dropAllSnapshots() throws(LedgerError) {
        try write("forget snapshots in") { try $0.execute(sql: "DELETE FROM snapshot") }
    }

    /// The snapshots of unfinished documents, the oldest of each document first.
    public func snapshots() throws(LedgerError) -> [SnapshotRecord] {
        try read("read snapshots from") { database in
            try Row.fetchAll(database, sql: "SELECT * FROM snapshot ORDER BY ordinal, steps").map { row in
                let json = try row.text("point")
                let point = try JSONDecoder().decode(ResumePoint.self, from: Data(json.utf8))
                guard point.isPossible else { throw DamagedValue(column: "point", value: json) }
                return SnapshotRecord(
                    ordinal: try row.count("ordinal"), profile: try row.text("profile"), point: point,
                    progress: try row.text("progress"))
            }
        }
    }

    func note(_ leases: [Int: LeaseID], in database: Database) throws {
        for (ordinal, lease) in leases {
            try database.execute(
                sql: """
                    INSERT INTO lease (ordinal, token) VALUES (?, ?)
                        ON CONFLICT (ordinal) DO UPDATE SET token = max(token, excluded.token)
                    """,
                arguments: [ordinal, Int64(bitPattern: lease.token)])
        }
    }

    /// Fencing: records of an earlier holder are refused at the time of writing.
    func checkLease(_ lease: LeaseID?, of ordinal: Int, in database: Database) throws {
        guard let lease,
            let token = try Int64.fetchOne(
                database, sql: "SELECT token FROM lease WHERE ordinal = ?", arguments: [ordinal])
        else { return }
        let newest = LeaseID(UInt64(bitPattern: token))
        guard lease == newest else {
            throw LedgerError.staleLease(path: path, ordinal: ordinal, lease: lease, newest: newest)
        }
    }

    /// Deletes the snapshots and the lease of a document that needs no more work.
    func forget(_ ordinal: Int, in database: Database) throws {
        for table in ["lease", "snapshot"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE ordinal = ?", arguments: [ordinal])
        }
    }
}
