/// What may happen in a world. A simulation in which one of these never happens proves less than it says.
enum Happening: String, CaseIterable {
    // Done to the world
    case connectionLost
    /// Nothing comes through for a while, then everything does.
    case connectionStalled
    case workerKilled
    /// Asked to leave, and says goodbye.
    case workerStopped
    /// For less than the silence limit.
    case workerPausedBriefly
    /// For longer, after which it goes on with what it has.
    case workerPausedLong
    case slowLanes
    /// A step that never ends, while the worker goes on to speak.
    case laneStuck
    /// A bit of a snapshot turns over.
    case snapshotDamaged
    case coordinatorKilled
    /// With the machine: what was not synchronised is lost.
    case powerLost
    /// Between two actions that follow from one event.
    case coordinatorKilledMidway
    case coordinatorPaused

    // Done by the world
    case messageDoubled
    case documentRejected
    /// Another document had its id.
    case documentDuplicate
    case documentAbandoned
    /// A row came before its turn.
    case rowAhead
    case documentFailed
    case jobStopped
    case leaseRefused
    case documentRestarted
    case documentGivenUp
    case snapshotKept
    /// The snapshot was of a holder that had lost the document meanwhile, or the disk was full.
    case snapshotNotKept
    case snapshotResumed
    case snapshotRefused
    case leaseReturned
    case workerEndedByDocument
    case workerGivenUpByItself
    case documentChangedProfile
    case resultLate
    case workerForgotten
    case workerRejoins
    case workerReconnects
    case workerReplaced
    case sampleEndedByModel
    case sampleInSeveralSteps
    case severalJobsAtOnce

    /// The faults that a world is dealt at a time of its choice.
    static let faults: [Happening] = [
        .connectionLost, .connectionStalled, .workerKilled, .workerStopped, .workerPausedBriefly, .workerPausedLong,
        .slowLanes, .laneStuck, .snapshotDamaged, .coordinatorKilled, .powerLost, .coordinatorKilledMidway,
        .coordinatorPaused,
    ]
}

/// How often each thing happened.
struct Tally {
    private(set) var counts: [Happening: Int] = [:]

    mutating func count(_ happening: Happening) {
        counts[happening, default: 0] += 1
    }

    mutating func add(_ other: Tally) {
        counts.merge(other.counts, uniquingKeysWith: +)
    }

    var missing: [Happening] { Happening.allCases.filter { counts[$0] == nil } }
}
