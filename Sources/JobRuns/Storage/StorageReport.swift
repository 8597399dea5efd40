package import Coordination
package import Jobs

/// The reports of the storage thread to the coordinator's thread.
package enum StorageReport: Sendable {
    /// An acceptance was recorded.
    /// - Parameter problem: the reason why it could not be; `nil` if the ledger has the job.
    case accepted(JobRequest, PreparedJob?, problem: JobRefusal?)
    case began(JobRequest, run: Int, goesOn: Bool, Result<RunningJob, JobRefusal>)
    /// A job was removed from the ledger.
    /// - Parameter problem: the reason why it could not be; `nil` if it is removed.
    case forgotten(JobRequest, JobStatus, problem: JobRefusal?)
    case job(JobID, run: Int, JobReport)
}

/// A report about a running job.
package enum JobReport: Sendable {
    /// - Parameter task: the task of the document that has been opened.
    case progress(SchedulerEvent, task: Job.Task? = nil)
    /// - Parameter made: the tokens so far of the sample with which the document goes on.
    case grant(LeaseGrant, to: WorkerID, made: [Int32])
    case step(Step, to: WorkerID)
    case snapshotUnreadable(DocumentKey, LeaseID, WorkerID, reason: String)
    /// A snapshot could not be written. The document loses more work if its worker is lost.
    case snapshotUnwritten(reason: String)
    /// A snapshot does not fit its step.
    case misfit(WorkerID, problem: String)
    case readingWaits(reason: String)
    /// The present status of the job.
    case status(JobStatus)
    /// The run has ended before its time; the job can go on later.
    case failed(CoordinatorMessage.Refused, JobStatus)
    /// - Parameter others: the foreign files in the work directory, which stay.
    case finished(JobStatus, others: [String])
}
