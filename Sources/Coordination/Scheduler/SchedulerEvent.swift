public import Jobs

/// The events that the scheduler takes.
public enum SchedulerEvent: Sendable, Equatable {
    /// A job begins.
    /// - Parameter place: the place among all jobs, lower numbers first; `nil`: after all others.
    case jobAdmitted(JobID, StepPlan, place: Int? = nil)
    /// The job ends before its time: it passed its error limit, or its output cannot be written.
    case jobStopped(JobID)
    /// All documents of the job have been opened or rejected.
    case inputsExhausted(JobID)

    /// A document that ``SchedulerAction/openDocuments(_:count:)`` asked for has begun.
    /// - Parameters:
    ///   - plan: the plan of a document that asks for something else than its job does; `nil`: the job's plan.
    ///   - resumption: the resume points of a document that an earlier start of the coordinator had under way.
    case documentOpened(DocumentKey, plan: StepPlan? = nil, resumption: Resumption? = nil)
    /// A document that was asked for is broken, and has its error row.
    case documentRejected(DocumentKey)
    /// More tokens of a document are known.
    /// - Parameter textEnds: the text ends that became known, for a document of several texts.
    case tokensRead(DocumentKey, total: Int, isComplete: Bool, textEnds: [Int] = [])
    /// The rest of a begun document cannot be read. It has its error row.
    case documentAbandoned(DocumentKey)
    /// A snapshot is durable, and so are all records before it.
    case snapshotWritten(DocumentKey, ResumePoint)
    /// A snapshot could not be made durable.
    case snapshotLost(DocumentKey, ResumePoint)

    /// - Parameters:
    ///   - batch: the documents that a lane works on side by side.
    ///   - credit: the steps that the worker takes in hand.
    ///   - rowsPerPass: the tokens that a pass over the weights reads.
    ///   - stateBytes: the bytes of the states that it may hold, beyond one document a lane.
    ///   - profile: the profile of the worker's arithmetic: what fixes its bits.
    ///   - formerly: the earlier number of the same process.
    case workerJoined(
        WorkerID, lanes: Int, batch: Int = 1, credit: Int, rowsPerPass: Int = Job.blockTokens,
        stateBytes: Int = Limits.stateBytesPerWorker, profile: String, formerly: WorkerID? = nil)
    /// A heartbeat or a repeated hello of a worker arrived.
    /// - Parameter progress: one number for each lane, `nil` for an idle lane; empty: not told.
    case workerHeard(WorkerID, progress: [UInt64?] = [])
    /// The worker said goodbye, begins another session, or is sent away.
    case workerLeft(WorkerID)
    /// The worker's connection is gone.
    case workerLost(WorkerID)
    /// The worker takes nothing more, and gives back what it holds.
    case workerDrains(WorkerID)
    /// A worker cannot do the documents of the lease's job; another may.
    case leaseRefused(WorkerID, LeaseID)
    /// The snapshot that the lease began with cannot be read, by the worker or by the coordinator.
    case snapshotRefused(WorkerID, LeaseID)
    /// A draining worker gives a document back.
    /// - Parameters:
    ///   - steps: the number of steps whose results the worker has sent.
    ///   - hasSnapshot: whether the message brings the state after these steps.
    case leaseReturned(WorkerID, LeaseID, steps: Int, hasSnapshot: Bool)
    /// The result of a step arrived.
    /// - Parameter hasSnapshot: whether the result brings the state after the step.
    case stepFinished(WorkerID, LeaseID, number: Int, StepSummary, hasSnapshot: Bool = false)

    /// Time has passed.
    case tick
}
