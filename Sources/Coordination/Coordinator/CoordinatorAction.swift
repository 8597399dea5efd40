public import Jobs

/// The actions of the coordinator's state machine. The driver carries them out in order: records come before the
/// messages that depend on them.
///
/// They are the actions of the ``Scheduler``, completed by payloads and addresses.
public enum CoordinatorAction<Connection: Hashable & Sendable>: Sendable {
    public typealias Address = WorkerAddress<Connection>

    // MARK: Documents

    /// Keep a result: it is the next one of its document.
    /// - Parameter tokensRead: the tokens that the step has read.
    case record(DocumentKey, LeaseID, StepOutput, tokensRead: Int)
    /// Make a snapshot durable, and all earlier records of the document with it. Then send
    /// ``SchedulerEvent/snapshotWritten(_:_:)`` or ``SchedulerEvent/snapshotLost(_:_:)``.
    case keepSnapshot(DocumentKey, LeaseID, ResumePoint, FrameBytes, from: WorkerID)
    /// Remove a snapshot that cannot be used.
    case discardSnapshot(DocumentKey, ResumePoint)
    /// Write the rows of a finished document.
    case completeDocument(DocumentKey)
    /// Write an error row for a document that cannot be done.
    case failDocument(DocumentKey, Failure)
    /// Drop the records of a document since this point. It goes on from there with another holder, or starts again.
    case restartDocument(DocumentKey, from: ResumePoint?)

    // MARK: Jobs

    /// Read the job's inputs until this many more documents were opened or rejected.
    case openDocuments(JobID, count: Int)
    /// End a job whose documents have all ended.
    case completeJob(JobID)

    // MARK: Messages to peers

    case welcome(Address)
    case heartbeat(Address)
    /// Read what the lease begins with. Then send ``CoordinatorEvent/ready(_:_:_:)``.
    /// - Parameters:
    ///   - profile: the worker's profile, on which the document is computed from here on.
    ///   - from: the snapshot that goes with the lease.
    case grant(Address, LeaseID, DocumentKey, profile: String, from: ResumePoint?)
    /// Read the step's tokens. Then send ``CoordinatorEvent/ready(_:_:_:)``.
    case sendStep(Address, LeaseID, DocumentKey, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case deliver(CoordinatorMessage, to: Address)
    /// End a lease.
    /// - Parameter holder: the worker to tell; `nil` if the same process has replaced it, so nobody is to be told.
    case release(Address?, LeaseID)
    /// Tell a peer that it must say hello before its next message counts.
    case rejoin(Connection)
    /// Count a message that was refused, and answer it.
    case refuse(RefusalCounts.Reason, CoordinatorMessage.Refused, to: Connection)

    // MARK: Logs and counts

    /// Count a message that changed nothing.
    case count(RefusalCounts.Reason, detail: String)
    case joined(WorkerID, PeerMessage.Hello)
    case drains(PeerMessage.Hello)
    /// Forget a worker that left, was sent away, or was silent or stuck for too long. Nothing waits for it any more.
    /// - Parameter hello: the worker's hello; `nil` if the same process has replaced the worker.
    case forget(WorkerID, hello: PeerMessage.Hello?)
    /// Log that a worker cannot do a job's documents, or cannot read the snapshot of its lease.
    /// - Parameter job: the job of the document; `nil` if the lease had ended.
    case refused(PeerMessage.Refusal, job: JobID?, by: PeerMessage.Hello)
}
