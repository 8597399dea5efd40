/// What a ``JobMachine`` decides. Actions are carried out in their order, and documents go by their ordinals.
public enum JobAction<Progress: Sendable>: Sendable {
    /// Get a document's files ready, with what was recorded of it up to a snapshot. Answered by `opened`, `unopened`.
    /// - Parameter progress: `nil`: nothing was recorded of it.
    case open(Int, from: ResumePoint?, Progress?)
    /// Write the rows of a document that has ended. Answered by `written`.
    case write(EndedDocument)
    /// Move rows whose turn has come to the output, the first of them or all. Answered by `moved`.
    case moveAhead(Range<Int>)
    /// Put on the disk what was written before. Answered by `synchronized`.
    case synchronize(cut: Int)
    /// Record that what was synchronised is there. Answered by `committed`.
    /// - Parameters:
    ///   - leases: granted since the last time, by document.
    ///   - isAheadOver: the file of rows ahead has none at the cut that the output lacks.
    case commit(cut: Int, leases: [Int: LeaseID], isAheadOver: Bool)
    /// Empty the file of rows ahead: the output has them all.
    case cutAhead
    /// Remove the files of a document whose rows are durable.
    case removeFiles(Int, snapshots: [ResumePoint])

    /// Put on the disk what was recorded of a document. Answered by `documentSynchronized`.
    case synchronizeDocument(Int, ArrivedSnapshot)
    /// Put a snapshot on the disk. Answered by `snapshotWritten`.
    case writeSnapshot(Int, ArrivedSnapshot)
    /// Record that a snapshot is there. Answered by `snapshotRecorded`.
    case recordSnapshot(Int, SnapshotBook<Progress>.Entry, LeaseID, leases: [Int: LeaseID])
    /// Remove the file of a snapshot that was not recorded.
    case removeSnapshot(Int, ResumePoint)
    /// Forget snapshots that were recorded, then remove their files.
    case forgetSnapshots(Int, [ResumePoint])

    /// Forget what was recorded of a document since a snapshot.
    /// - Parameter progress: `nil`: all that was recorded of it.
    case restart(Int, from: Progress?)

    /// Tell the coordinator.
    case tell(SchedulerEvent)
    /// Give the job's files their names: it is done.
    case publish
    /// The job cannot go on.
    case stop(JobStop)
}

/// A document that has ended, and what becomes of its rows.
public struct EndedDocument: Sendable, Equatable {
    public enum Ending: Sendable, Equatable {
        case rows
        case error(Failure)
        /// Another document has its identity.
        case duplicate(of: Int)
    }

    public var ordinal: Int
    public var ending: Ending
    public var place: OutputProgress.Place
    /// Of the worker that computed it.
    public var lease: LeaseID?
    public var profile: String?
    /// Whether its files stay until its rows are durable.
    public var keepsFiles: Bool

    var isError: Bool { ending != .rows }
}

/// Why a job cannot go on.
public enum JobStop: Sendable, Equatable {
    /// More documents than the job allows have error rows.
    /// - Parameter last: the document that was the last of them; `nil`: all have ended.
    case tooManyErrors(Int, last: Int?)
    /// The inputs have other documents than those that the job began with.
    case inputsChanged
}
