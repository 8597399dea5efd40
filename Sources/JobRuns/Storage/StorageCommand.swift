package import Coordination
package import Jobs

/// What the storage thread is told. Commands of a job are carried out in their order.
package enum StorageCommand: Sendable {
    /// Record that a job has the coordinator's word, and what it says now.
    /// - Parameter prepared: `nil` for one that had it before.
    case accept(JobRequest, PreparedJob?)
    /// Take a job up that has room to run.
    case begin(JobRequest, PreparedJob, run: Int)
    /// Record that a job needs no further work.
    case forget(JobRequest, JobStatus)
    /// What the machine decided of a running job.
    case carryOut(JobID, JobCommand)
    /// What the thread that reads a job's inputs says.
    /// - Parameter run: of the job: an earlier run's feed may still have something to say.
    case fed(JobID, run: Int, FeedEvent)
    /// A snapshot is on the disk, or why it is not.
    case snapshot(SnapshotWriter.Job, SnapshotWriter.Outcome)
    /// Rows of a job are left to be moved.
    case goOn(JobID, run: Int)
}

/// What the machine decides of a job, as far as it touches files. Documents go by their ordinals.
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
