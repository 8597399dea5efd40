/// What the scheduler is told.
public enum SchedulerEvent: Sendable, Equatable {
    case jobAdmitted(JobID, StepPlan)
    /// The job ends here, with what is finished: the error limit was passed, or its output cannot be written.
    case jobStopped(JobID)
    /// All documents of the job have been opened or rejected.
    case inputsExhausted(JobID)

    /// A document asked for by ``SchedulerAction/openDocuments(_:count:)`` has begun.
    /// - Parameter plan: of a document that asks for something else than its job does; `nil`: the job's.
    case documentOpened(DocumentKey, plan: StepPlan? = nil)
    /// A document asked for turned out broken before it began: it has its error row.
    case documentRejected(DocumentKey)
    /// More of a document was tokenised.
    case tokensRead(DocumentKey, total: Int, isComplete: Bool)
    /// The rest of a document that had begun cannot be read: it has its error row.
    case documentAbandoned(DocumentKey)

    /// - Parameter profile: what fixes the bits of the worker's arithmetic.
    case workerJoined(WorkerID, lanes: Int, credit: Int, profile: String)
    case workerHeard(WorkerID)
    case workerLeft(WorkerID)
    /// A worker cannot do the documents of the lease's job; another may.
    case leaseRefused(WorkerID, LeaseID)
    case stepFinished(WorkerID, LeaseID, number: Int, StepSummary)

    /// Time has passed.
    case tick
}

/// What the scheduler needs to know of a step's result.
public enum StepSummary: Sendable, Equatable {
    case read
    /// - Parameter isFinished: the sample has ended.
    case generated(tokens: Int, isFinished: Bool)
    /// The document cannot be done by anyone.
    case documentFailed
}
