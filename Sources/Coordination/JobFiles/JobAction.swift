/// The actions of a ``JobMachine``, carried out in order. A document is named by its ordinal.
public enum JobAction<Progress: Sendable>: Sendable {
    /// Open a document's files with its records up to a snapshot. The answer is `opened` or `unopened`.
    /// - Parameter progress: the progress at the snapshot; `nil` if nothing was recorded.
    case open(Int, from: ResumePoint?, Progress?)
    /// Write the rows of a document that has ended. Answered by `written`.
    case write(EndedDocument)
    /// Move the first or all of the rows whose turn has come to the output. The answer is `moved`.
    case moveAhead(Range<Int>)
    /// Synchronise the written files with the disk. The answer is `synchronized`.
    case synchronize(cut: Int)
    /// Record in the ledger what was synchronised. The answer is `committed`.
    /// - Parameters:
    ///   - leases: the leases granted since the last record, by document.
    ///   - isAheadOver: whether the output has all rows of the file of rows ahead at the cut.
    case commit(cut: Int, leases: [Int: LeaseID], isAheadOver: Bool)
    /// Empty the file of rows ahead: the output has all of them.
    case cutAhead
    /// Remove the files of a document whose rows are durable.
    case removeFiles(Int, snapshots: [ResumePoint])

    /// Synchronise a document's records with the disk. The answer is `documentSynchronized`.
    case synchronizeDocument(Int, ArrivedSnapshot)
    /// Write a snapshot to the disk. The answer is `snapshotWritten`.
    case writeSnapshot(Int, ArrivedSnapshot)
    /// Record a snapshot in the ledger. The answer is `snapshotRecorded`.
    case recordSnapshot(Int, SnapshotBook<Progress>.Entry, LeaseID, leases: [Int: LeaseID])
    /// Remove the file of a snapshot that was not recorded.
    case removeSnapshot(Int, ResumePoint)
    /// Remove snapshots from the ledger, then remove their files.
    case forgetSnapshots(Int, [ResumePoint])

    /// Drop the records of a document since a snapshot.
    /// - Parameter progress: the progress at the snapshot; `nil`: all records are dropped.
    case restart(Int, from: Progress?)

    /// Pass an event to the coordinator.
    case tell(SchedulerEvent)
    /// Give the files of the finished job their final names.
    case publish
    /// Stop a job that cannot go on.
    case stop(JobStop)
}

/// A document that has ended, and the place of its rows.
public struct EndedDocument: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        case rows
        case error(Failure)
        /// Another document has the same identity.
        case duplicate(of: Int)
    }

    public var ordinal: Int
    public var ending: Ending
    public var place: OutputProgress.Place
    /// The lease of the worker that computed the document.
    public var lease: LeaseID?
    public var profile: String?
    /// Whether the document's files stay until its rows are durable.
    public var keepsFiles: Bool

    var isError: Bool { ending != .rows }
}

/// The reason why a job cannot go on.
public enum JobStop: Sendable, Equatable {
    /// More documents have error rows than the job allows.
    /// - Parameter last: the document that passed the limit; `nil` if the limit was checked after the last document.
    case tooManyErrors(Int, last: Int?)
    /// The inputs have other documents than at the start of the job.
    case inputsChanged
}
