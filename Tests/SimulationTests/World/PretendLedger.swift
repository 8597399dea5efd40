import Coordination

/// What survives the coordinator: which jobs there are, and the endings of finished documents.
struct PretendLedger {
    enum JobState {
        case running
        case completed
        case stopped
    }

    private(set) var order: [JobID] = []
    private(set) var states: [JobID: JobState] = [:]
    private(set) var endings: [DocumentKey: Ending] = [:]
    private(set) var errors: [JobID: Int] = [:]
    /// Of documents under way, each document's oldest first.
    private(set) var snapshots: [DocumentKey: [Snapshot]] = [:]

    /// A recorded snapshot; its state lies in a file.
    struct Snapshot {
        var point: ResumePoint
        var profile: String
        /// What was recorded of the document up to there.
        var parts: [StepOutput]
    }

    mutating func write(_ snapshot: Snapshot, of document: DocumentKey) {
        let before = snapshots[document, default: []].filter { $0.point.steps < snapshot.point.steps }
        snapshots[document] = (before + [snapshot]).suffix(Scheduler.snapshotsKept)
    }

    mutating func discardSnapshots(of document: DocumentKey, from steps: Int = 0) {
        snapshots[document] = snapshots[document]?.filter { $0.point.steps < steps }
    }

    func snapshot(of document: DocumentKey, at point: ResumePoint) -> Snapshot? {
        snapshots[document]?.first { $0.point == point }
    }

    mutating func admit(_ job: JobID) {
        order.append(job)
        states[job] = .running
    }

    mutating func end(_ job: JobID, _ state: JobState) {
        states[job] = state
    }

    /// - Returns: whether the document had none before.
    mutating func write(_ ending: Ending, of document: DocumentKey) -> Bool {
        snapshots[document] = nil
        if case .error = ending { errors[document.job, default: 0] += 1 }
        return endings.updateValue(ending, forKey: document) == nil
    }

    var isEverythingOver: Bool { states.values.allSatisfy { $0 != .running } }
    var running: [JobID] { order.filter { states[$0] == .running } }
}
