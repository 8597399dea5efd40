import Coordination
import Jobs

/// What survives the coordinator, at once: which jobs there are, and what was recorded of their files.
struct PretendLedger {
    enum JobState {
        case running
        case completed
        case stopped
    }

    /// How far a job's files go. What lies behind is cut off by the next start.
    struct Position {
        /// Rows and error rows: those of all documents before.
        var rows = 0
        var aheadLength = 0
        /// Documents that came before their turn, and their places in the file of rows ahead.
        var ahead: [Int: Int] = [:]
        var errors = 0
        var identities: [String: Int] = [:]

        func isFinished(_ ordinal: Int) -> Bool { ordinal < rows || ahead[ordinal] != nil }

        var output: OutputProgress {
            var ordinals = RangeSet<Int>()
            for ordinal in ahead.keys { ordinals.insert(contentsOf: ordinal..<ordinal + 1) }
            return OutputProgress(nextOrdinal: rows, ahead: ordinals)
        }
    }

    typealias Snapshot = SnapshotBook<PretendProgress>.Entry

    private(set) var order: [JobID] = []
    private(set) var states: [JobID: JobState] = [:]
    private(set) var positions: [JobID: Position] = [:]
    /// Of documents under way, each document's oldest first.
    private(set) var snapshots: [DocumentKey: [Snapshot]] = [:]

    mutating func write(_ snapshot: Snapshot, of document: DocumentKey) {
        let others = snapshots[document, default: []].filter { $0.point.steps != snapshot.point.steps }
        snapshots[document] = (others + [snapshot]).sorted { $0.point.steps < $1.point.steps }
    }

    mutating func forgetSnapshots(of document: DocumentKey, _ points: [ResumePoint]) {
        snapshots[document]?.removeAll { entry in points.contains { $0.steps == entry.point.steps } }
        if snapshots[document]?.isEmpty == true { snapshots[document] = nil }
    }

    func snapshot(of document: DocumentKey, at point: ResumePoint) -> Snapshot? {
        snapshots[document]?.first { $0.point == point }
    }

    mutating func commit(_ position: Position, of job: JobID) {
        positions[job] = position
        for key in snapshots.keys where key.job == job && position.isFinished(key.ordinal) { snapshots[key] = nil }
    }

    mutating func admit(_ job: JobID) {
        order.append(job)
        states[job] = .running
        positions[job] = Position()
    }

    mutating func end(_ job: JobID, _ state: JobState) {
        states[job] = state
    }

    var isEverythingOver: Bool { states.values.allSatisfy { $0 != .running } }
    var running: [JobID] { order.filter { states[$0] == .running } }
}

/// What a document needs to go on from a snapshot: how many results its file has.
struct PretendProgress: Sendable, Equatable {
    var parts: Int
}
