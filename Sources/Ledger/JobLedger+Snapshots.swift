public import Coordination
import FoundationEssentials
internal import GRDB
internal import Jobs

/// States of documents under way, and who may record anything of them.
extension JobLedger {
    /// A state that is durable, and where its document stood.
    public struct SnapshotRecord: Sendable, Equatable {
        public var ordinal: Int
        public var profile: String
        public var point: ResumePoint
        /// What was recorded of the document up to there, in the words of whoever keeps its rows.
        public var progress: String

        public init(ordinal: Int, profile: String, point: ResumePoint, progress: String) {
            self.ordinal = ordinal
            self.profile = profile
            self.point = point
            self.progress = progress
        }
    }

    /// Records a snapshot whose file, like all that `progress` speaks of, is on the disk.
    /// - Parameters:
    ///   - lease: of the worker that it came from, checked against the newest lease of the document.
    ///   - leases: granted since the last time, by document.
    /// - Throws: `LedgerError.staleLease` among others; nothing is recorded then.
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

    /// Forgets snapshots of a document, whose files may go then.
    public func dropSnapshots(of ordinal: Int, steps: [Int]) throws(LedgerError) {
        guard !steps.isEmpty else { return }
        try write("forget a snapshot in") { database in
            for steps in steps {
                try database.execute(
                    sql: "DELETE FROM snapshot WHERE ordinal = ? AND steps = ?", arguments: [ordinal, steps])
            }
        }
    }

    /// Forgets all snapshots: documents under way start again.
    public func dropAllSnapshots() throws(LedgerError) {
        try write("forget snapshots in") { try $0.execute(sql: "DELETE FROM snapshot") }
    }

    /// Snapshots of the documents that an earlier start had under way, each document's oldest first.
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

    /// The fence: what an earlier holder still sends is refused where it would be written.
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

    /// Nothing more will be computed of a document.
    func forget(_ ordinal: Int, in database: Database) throws {
        for table in ["lease", "snapshot"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE ordinal = ?", arguments: [ordinal])
        }
    }
}
