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

    mutating func admit(_ job: JobID) {
        order.append(job)
        states[job] = .running
    }

    mutating func end(_ job: JobID, _ state: JobState) {
        states[job] = state
    }

    /// - Returns: whether the document had none before.
    mutating func write(_ ending: Ending, of document: DocumentKey) -> Bool {
        if case .error = ending { errors[document.job, default: 0] += 1 }
        return endings.updateValue(ending, forKey: document) == nil
    }

    var isEverythingOver: Bool { states.values.allSatisfy { $0 != .running } }
    var running: [JobID] { order.filter { states[$0] == .running } }
}
