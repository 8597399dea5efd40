/// What the daemon does next, in this order: what is recorded comes before what is sent.
public enum SchedulerAction: Sendable, Equatable {
    /// Keep the result that the event brought: it is the next one of its document.
    case record(DocumentKey, LeaseID)
    /// The result that the event brought is of a lease that has ended, or is not the next one: it changes nothing.
    case countLate(LeaseID)
    /// The document is finished: its rows are complete.
    case completeDocument(DocumentKey)
    /// The document failed with the failure that the event brought.
    case failDocument(DocumentKey)
    /// The document starts again: what was recorded of it is void.
    case restartDocument(DocumentKey)

    case welcome(WorkerID)
    case heartbeat(WorkerID)
    /// The worker was silent for too long, or left. It must say hello before anything else is heard of it.
    case forget(WorkerID)
    case grant(WorkerID, LeaseID, DocumentKey)
    case sendStep(WorkerID, LeaseID, DocumentKey, number: Int, StepPlan.Work)
    case release(WorkerID, LeaseID)

    /// Read on in the job's inputs until so many more documents were opened or rejected.
    case openDocuments(JobID, count: Int)
    /// Nothing is left to do.
    case completeJob(JobID)
}
