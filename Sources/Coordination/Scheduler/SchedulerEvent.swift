public import Jobs

/// What the scheduler is told.
public enum SchedulerEvent: Sendable, Equatable {
    /// - Parameter place: among all jobs, those with lower numbers first; `nil`: after all that are there.
    case jobAdmitted(JobID, StepPlan, place: Int? = nil)
    /// The job ends here, with what is finished: the error limit was passed, or its output cannot be written.
    case jobStopped(JobID)
    /// All documents of the job have been opened or rejected.
    case inputsExhausted(JobID)

    /// A document asked for by ``SchedulerAction/openDocuments(_:count:)`` has begun.
    /// - Parameters:
    ///   - plan: of a document that asks for something else than its job does; `nil`: the job's.
    ///   - resumption: of one that an earlier start of the coordinator had under way.
    case documentOpened(DocumentKey, plan: StepPlan? = nil, resumption: Resumption? = nil)
    /// A document asked for turned out broken before it began: it has its error row.
    case documentRejected(DocumentKey)
    /// More of a document was tokenised.
    /// - Parameter textEnds: of a document of several texts, where those that are whole by now end, if that is news.
    case tokensRead(DocumentKey, total: Int, isComplete: Bool, textEnds: [Int] = [])
    /// The rest of a document that had begun cannot be read: it has its error row.
    case documentAbandoned(DocumentKey)
    /// A snapshot that was to be kept is durable, and so is what was recorded before it.
    case snapshotWritten(DocumentKey, ResumePoint)
    /// A snapshot that was to be kept is not.
    case snapshotLost(DocumentKey, ResumePoint)

    /// - Parameters:
    ///   - batch: documents that a lane works on side by side.
    ///   - credit: steps that it takes in hand.
    ///   - rowsPerPass: tokens that a pass over the weights reads.
    ///   - stateBytes: of all documents that it holds, beyond one a lane.
    ///   - profile: what fixes the bits of the worker's arithmetic.
    ///   - formerly: what the same process was called before it was forgotten.
    case workerJoined(
        WorkerID, lanes: Int, batch: Int = 1, credit: Int, rowsPerPass: Int = Job.blockTokens,
        stateBytes: Int = Limits.stateBytesPerWorker, profile: String, formerly: WorkerID? = nil)
    /// - Parameter progress: of its lanes, `nil` for those that compute nothing; empty: not told.
    case workerHeard(WorkerID, progress: [UInt64?] = [])
    /// It said goodbye, begins another session, or is sent away.
    case workerLeft(WorkerID)
    /// Its connection is gone.
    case workerLost(WorkerID)
    /// The worker takes nothing more, and gives back what it holds.
    case workerDrains(WorkerID)
    /// A worker cannot do the documents of the lease's job; another may.
    case leaseRefused(WorkerID, LeaseID)
    /// The snapshot that the lease began with cannot be read, by the worker or by the coordinator.
    case snapshotRefused(WorkerID, LeaseID)
    /// A draining worker gives a document back.
    /// - Parameters:
    ///   - steps: whose results it has sent.
    ///   - hasSnapshot: the state after them comes with this.
    case leaseReturned(WorkerID, LeaseID, steps: Int, hasSnapshot: Bool)
    /// - Parameter hasSnapshot: the state after the step comes with its result.
    case stepFinished(WorkerID, LeaseID, number: Int, StepSummary, hasSnapshot: Bool = false)

    /// Time has passed.
    case tick
}
