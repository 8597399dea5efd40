/// The actions of the scheduler. The daemon carries them out in order: records come before messages.
public enum SchedulerAction: Sendable, Equatable {
    /// Keep the event's result: it is the next one of its document.
    case record(DocumentKey, LeaseID)
    /// Make the event's snapshot durable, and all earlier records of the document with it. Then send
    /// ``SchedulerEvent/snapshotWritten(_:_:)`` or ``SchedulerEvent/snapshotLost(_:_:)``.
    case keepSnapshot(DocumentKey, LeaseID, ResumePoint)
    /// Remove a snapshot that cannot be used.
    case discardSnapshot(DocumentKey, ResumePoint)
    /// Count a late result: its lease has ended, or it is not the next one. It changes nothing.
    case countLate(LeaseID)
    /// Write the rows of a finished document.
    case completeDocument(DocumentKey)
    /// Write an error row with the failure that the event brought.
    case failDocument(DocumentKey)
    /// Write an error row for a document at which too many workers were lost.
    case giveUpDocument(DocumentKey, Failure)
    /// Drop the records of a document since this point. It goes on from there with another holder, or starts again.
    case restartDocument(DocumentKey, from: ResumePoint?)

    case welcome(WorkerID)
    case heartbeat(WorkerID)
    /// Forget a worker that left, or was silent or stuck for too long. It must say hello before its next message
    /// counts.
    case forget(WorkerID)
    /// - Parameter from: the snapshot that goes with the lease.
    case grant(WorkerID, LeaseID, DocumentKey, from: ResumePoint?)
    case sendStep(WorkerID, LeaseID, DocumentKey, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case release(WorkerID, LeaseID)

    /// Read the job's inputs until this many more documents were opened or rejected.
    case openDocuments(JobID, count: Int)
    /// End a job whose documents have all ended.
    case completeJob(JobID)
}
