/// What the daemon does next, in this order: what is recorded comes before what is sent.
public enum SchedulerAction: Sendable, Equatable {
    /// Keep the result that the event brought: it is the next one of its document.
    case record(DocumentKey, LeaseID)
    /// Make the snapshot that the event brought durable, with all that was recorded of the document up to here; then
    /// say ``SchedulerEvent/snapshotWritten(_:_:)`` or ``SchedulerEvent/snapshotLost(_:_:)``.
    case keepSnapshot(DocumentKey, LeaseID, ResumePoint)
    /// The snapshot cannot be used by anybody.
    case discardSnapshot(DocumentKey, ResumePoint)
    /// The result that the event brought is of a lease that has ended, or is not the next one: it changes nothing.
    case countLate(LeaseID)
    /// The document is finished: its rows are complete.
    case completeDocument(DocumentKey)
    /// The document failed with the failure that the event brought.
    case failDocument(DocumentKey)
    /// The document ended every worker that computed it.
    case giveUpDocument(DocumentKey, Failure)
    /// The document goes on from here with another holder, or starts again: what was recorded of it since is void.
    case restartDocument(DocumentKey, from: ResumePoint?)

    case welcome(WorkerID)
    case heartbeat(WorkerID)
    /// The worker was silent or stuck for too long, or left. It must say hello before anything else is heard of it.
    case forget(WorkerID)
    /// - Parameter from: the snapshot that goes with the lease.
    case grant(WorkerID, LeaseID, DocumentKey, from: ResumePoint?)
    case sendStep(WorkerID, LeaseID, DocumentKey, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case release(WorkerID, LeaseID)

    /// Read on in the job's inputs until so many more documents were opened or rejected.
    case openDocuments(JobID, count: Int)
    /// Nothing is left to do.
    case completeJob(JobID)
}
