/// The events that the coordinator's state machine takes.
public enum CoordinatorEvent<Connection: Hashable & Sendable>: Sendable {
    /// A message of a worker arrived. Messages of clients do not come here.
    /// - Parameters:
    ///   - user: the owner of the key that the connection has proved; `nil` without keys.
    ///   - misfit: the reason why the result does not fit its step (``Coordinator/awaitedStep(of:by:)``).
    case said(PeerMessage, by: Connection, user: String? = nil, misfit: String? = nil)
    /// A message could not be sent: the worker's connection is gone.
    case unreachable(WorkerID)
    /// A worker's key is no longer on the allow-list.
    case barred(WorkerID)
    /// A snapshot of a worker does not fit its document: the worker is broken, or it made the snapshot up.
    /// - Parameter problem: the message for the worker and for the log.
    case misfit(WorkerID, problem: String)
    /// A grant or a step has been read from the disk and can be sent. Its lease may have ended meanwhile.
    case ready(CoordinatorMessage, LeaseID, WorkerID)
    /// A job, its inputs or a snapshot changed, or time has passed.
    case progress(SchedulerEvent)
}
