package import Coordination
package import Jobs

/// What the storage thread tells the coordinator's.
package enum StorageReport: Sendable {
    /// - Parameter problem: `nil`: the ledger has the job.
    case accepted(JobRequest, PreparedJob?, problem: JobRefusal?)
    case began(JobRequest, run: Int, goesOn: Bool, Result<RunningJob, JobRefusal>)
    /// - Parameter problem: `nil`: the ledger has forgotten the job.
    case forgotten(JobRequest, JobStatus, problem: JobRefusal?)
    case job(JobID, run: Int, JobReport)
}

/// What became of a running job.
package enum JobReport: Sendable {
    /// - Parameter task: what is done with the document that has been opened.
    case progress(SchedulerEvent, task: Job.Task? = nil)
    /// - Parameter made: tokens of the sample that the document goes on with.
    case grant(LeaseGrant, to: WorkerID, made: [Int32])
    case step(Step, to: WorkerID)
    case snapshotUnreadable(DocumentKey, LeaseID, WorkerID, reason: String)
    /// Without the snapshot a document is only further behind after a loss.
    case snapshotUnwritten(reason: String)
    /// A snapshot is none of its step.
    case misfit(WorkerID, problem: String)
    case readingWaits(reason: String)
    /// How far the job is.
    case status(JobStatus)
    /// The job ends here, and can be taken up again.
    case failed(CoordinatorMessage.Refused, JobStatus)
    /// - Parameter others: files in the work directory that are not longscan's, and stay.
    case finished(JobStatus, others: [String])
}
