public import Jobs

/// An action that the coordinator's machine asks of whoever drives it. Actions are carried out in their order: records
/// come before messages that rest on them.
///
/// They are the ``Scheduler``'s actions with all that they need: the payload of the message, and where a worker is
/// reached.
public enum CoordinatorAction<Connection: Hashable & Sendable>: Sendable {
    public typealias Address = WorkerAddress<Connection>

    // MARK: Of documents

    /// Keep a result: it is the next one of its document.
    /// - Parameter tokensRead: by the step that it is of.
    case record(DocumentKey, LeaseID, StepOutput, tokensRead: Int)
    /// Make a snapshot durable, with all that was recorded of the document up to here; then say
    /// ``SchedulerEvent/snapshotWritten(_:_:)`` or ``SchedulerEvent/snapshotLost(_:_:)``.
    case keepSnapshot(DocumentKey, LeaseID, ResumePoint, FrameBytes, from: WorkerID)
    /// The snapshot cannot be used by anybody.
    case discardSnapshot(DocumentKey, ResumePoint)
    /// The document is finished: its rows are complete.
    case completeDocument(DocumentKey)
    /// The document cannot be done: it gets an error row.
    case failDocument(DocumentKey, Failure)
    /// The document goes on from here with another holder, or starts again: what was recorded of it since is void.
    case restartDocument(DocumentKey, from: ResumePoint?)

    // MARK: Of jobs

    /// Read on in the job's inputs until so many more documents were opened or rejected.
    case openDocuments(JobID, count: Int)
    /// Nothing is left to do.
    case completeJob(JobID)

    // MARK: To peers

    case welcome(Address)
    case heartbeat(Address)
    /// Read what the lease begins with; then say ``CoordinatorEvent/ready(_:_:_:)``.
    /// - Parameters:
    ///   - profile: of the worker, on which the document is computed from here on.
    ///   - from: the snapshot that goes with the lease.
    case grant(Address, LeaseID, DocumentKey, profile: String, from: ResumePoint?)
    /// Read the step's tokens; then say ``CoordinatorEvent/ready(_:_:_:)``.
    case sendStep(Address, LeaseID, DocumentKey, number: Int, StepPlan.Work, wantsSnapshot: Bool)
    case deliver(CoordinatorMessage, to: Address)
    /// The lease is over.
    /// - Parameter holder: `nil` where the same process has taken its place, and nobody wants to know.
    case release(Address?, LeaseID)
    /// Whoever is at the other end must say hello before anything else is heard of it.
    case rejoin(Connection)
    /// A message was not taken: count that and say so.
    case refuse(RefusalCounts.Reason, CoordinatorMessage.Refused, to: Connection)

    // MARK: For people

    /// A message changed nothing: count that.
    case count(RefusalCounts.Reason, detail: String)
    case joined(WorkerID, PeerMessage.Hello)
    case drains(PeerMessage.Hello)
    /// The worker was silent or stuck for too long, left, or was sent away. Nothing waits for it any more.
    /// - Parameter hello: `nil` where the same process has taken its place.
    case forget(WorkerID, hello: PeerMessage.Hello?)
    /// A worker cannot do a job's documents, or cannot read the snapshot that its lease began with.
    /// - Parameter job: whose document it is; `nil`: the lease had ended.
    case refused(PeerMessage.Refusal, job: JobID?, by: PeerMessage.Hello)
}
