/// Faults that are no world's but a program's: planted to see whether the checks find them.
enum Plant: String, CaseIterable {
    /// The record keeper takes what the scheduler calls late.
    case recordsLateResults
    /// A result of a lease that ended comes in as the next one of the document's present lease.
    case oldLeaseAsCurrent
    /// What was recorded of a document that starts again is kept.
    case keepsPartsOfLostDocuments
    /// What is recorded is recorded after everything was sent.
    case recordsLast
    /// The network loses single messages.
    case losesSingleMessages
    /// A start of the coordinator does not count.
    case epochStandsStill
    /// A worker's goodbye, and its next life, go unnoticed, and so does its silence.
    case neverForgets
    /// The scheduler is not told on which profile a worker computes.
    case hidesProfiles
    /// The ledger speaks of snapshots that the disk may still lose.
    case recordsSnapshotsBeforeSync
    /// A document goes on from its snapshot with the rows that came after it.
    case keepsRowsBehindSnapshots
    /// What was read for a lease is sent although the lease has ended meanwhile.
    case deliversToEndedLeases
    /// The ledger speaks of rows that the disk may still lose.
    case commitsBeforeSync
    /// A job is said to be done before its rows are recorded.
    case answersBeforeCommit
    /// A start of the coordinator forgets which rows came before their turn.
    case finishesTwice
    /// The ledger speaks of a snapshot whose document's results the disk may still lose.
    case recordsSnapshotsBeforeResults
    /// The files of a document go when its row is written, and not when that is recorded.
    case removesFilesBeforeCommit
    /// The tokeniser's last portion is not told.
    case forgetsTheEndOfADocument

    /// What the checks must find broken.
    var rules: Set<Violation.Rule> {
        switch self {
        case .recordsLateResults: [.liveLeasesOnly, .recordedOnce]
        case .oldLeaseAsCurrent: [.liveLeasesOnly]
        case .keepsPartsOfLostDocuments, .keepsRowsBehindSnapshots: [.rightRows]
        case .recordsSnapshotsBeforeSync, .recordsSnapshotsBeforeResults, .removesFilesBeforeCommit: [.snapshotsDurable]
        case .commitsBeforeSync: [.commitSpeaksOfSynchronised]
        case .answersBeforeCommit: [.acknowledgedRowSurvives]
        case .finishesTwice: [.oneRow, .rightRows]
        case .recordsLast: [.recordBeforeSend]
        case .epochStandsStill: [.leasesGrow]
        case .hidesProfiles: [.profile]
        // A release that is lost leaves a lease open.
        case .losesSingleMessages, .deliversToEndedLeases: [.progress, .nothingLeft]
        case .neverForgets, .forgetsTheEndOfADocument: [.progress]
        }
    }
}
