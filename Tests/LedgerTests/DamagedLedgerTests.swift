import Coordination
import GRDB
import Ledger
import TestSupport
import Testing

/// Values that longscan never writes are an error with their column, and never a trap.
@Suite struct DamagedLedgerTests {
    private let directory: TemporaryDirectory
    private var path: String { directory.path + "/ledger.sqlite" }

    init() throws {
        directory = try TemporaryDirectory()
        let ledger = try JobLedger(path: path, job: JobID("a"))
        let record = JobLedger.SnapshotRecord(
            ordinal: 2, profile: "p", point: .init(steps: 3, tokens: 768), progress: "{}")
        try ledger.record(record, lease: .init(1), leases: [2: .init(1)])
        try ledger.commit(
            finished: [.init(ordinal: 4, id: nil, profile: "p")],
            ahead: [.init(ordinal: 4, offset: 0, length: 1, isError: false)], position: .init())
    }

    private static let values = ["-1", "9223372036854775807", "'text'", "x'00ff'", "1e308", "NULL"]

    /// Opens the ledger with a value in the place of another, and reads all of it.
    private func readAll(_ table: String, _ column: String, _ value: String) throws {
        do {
            let queue = try DatabaseQueue(path: path)
            try queue.write { try $0.execute(sql: "UPDATE OR IGNORE \(table) SET \(column) = \(value)") }
        } catch is DatabaseError {
            // The schema has no such value: nothing was damaged.
        }
        let ledger = try JobLedger(path: path, job: JobID("a"))
        _ = try (ledger.position(), ledger.aheadEntry(ordinal: 4), ledger.profiles(), ledger.snapshots())
        _ = try ledger.ordinalsAhead()
    }

    @Test(
        arguments: [
            ("job", "nextOrdinal"), ("job", "outputLength"), ("job", "aheadLength"), ("job", "documentsDone"),
            ("job", "tokens"),
            ("ahead", "offset"), ("ahead", "length"), ("ahead", "count"), ("profile", "documents"),
            ("snapshot", "ordinal"),
        ], values)
    func countsAreCounts(place: (table: String, column: String), value: String) throws {
        // What the schema lets nobody write stays as it was.
        if value == "NULL" { return try readAll(place.table, place.column, value) }
        let error = #expect(throws: LedgerError.self) { try readAll(place.table, place.column, value) }
        #expect(error.map { "\($0)".contains(place.column) } == true, "\(String(describing: error))")
    }

    @Test(arguments: ["steps", "tokens"]) func pointsAreCounts(key: String) {
        for number in ["-1", "9223372036854775807", "1e308"] {
            let other = key == "steps" ? "tokens" : "steps"
            #expect(throws: LedgerError.self, "\(number)") {
                try readAll("snapshot", "point", "'{\"\(key)\":\(number),\"\(other)\":1}'")
            }
        }
    }
}
