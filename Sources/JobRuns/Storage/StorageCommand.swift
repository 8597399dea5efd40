package import Coordination
package import Jobs

/// The commands of the storage thread. The commands of one job are carried out in order.
package enum StorageCommand: Sendable {
    /// Record that a job is accepted, and its present form.
    /// - Parameter prepared: the prepared job; `nil` for a job that was accepted before.
    case accept(JobRequest, PreparedJob?)
    /// Begin or resume a job.
    case begin(JobRequest, PreparedJob, run: Int)
    /// Record that a job needs no further work.
    case forget(JobRequest, JobStatus)
    /// Carry out a decision about a running job.
    case carryOut(JobID, JobCommand)
    /// Take an event of a job's feed.
    /// - Parameter run: the number of the job's run. The feed of an earlier run may still send events.
    case fed(JobID, run: Int, FeedEvent)
    /// Take the outcome of writing a snapshot.
    case snapshot(SnapshotWriter.Job, SnapshotWriter.Outcome)
    /// Move more rows of a job.
    case goOn(JobID, run: Int)
}

/// The decisions about a job that concern its files. A document is named by its ordinal.
package enum JobCommand: Sendable {
    case openDocuments(Int)
    case grant(WorkerID, LeaseID, Int, profile: String, from: ResumePoint?)
    case step(WorkerID, LeaseID, Int, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case record(Int, StepOutput, tokensRead: Int)
    case keepSnapshot(Int, LeaseID, ResumePoint, FrameBytes, from: WorkerID)
    case discardSnapshot(Int, ResumePoint)
    case complete(Int)
    case fail(Int, Failure)
    case restart(Int, from: ResumePoint?)
    case end
}
