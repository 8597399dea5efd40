/// An event that the coordinator's machine is told of.
public enum CoordinatorEvent<Connection: Hashable & Sendable>: Sendable {
    /// A message of a worker. Questions of clients are not the machine's.
    /// - Parameters:
    ///   - user: whose key the connection has proved; `nil` without keys.
    ///   - misfit: why the result is none of the step that it is said to be of (``Coordinator/awaitedStep(of:by:)``).
    case said(PeerMessage, by: Connection, user: String? = nil, misfit: String? = nil)
    /// A message could not be sent: the worker's connection is gone.
    case unreachable(WorkerID)
    /// A worker's key is no longer on the list of those that are let in.
    case barred(WorkerID)
    /// A snapshot that a worker sent is made up, or the worker is broken.
    /// - Parameter problem: for the worker and for people.
    case misfit(WorkerID, problem: String)
    /// A grant or a step has been read from the disk, and can be sent. The lease may have ended meanwhile.
    case ready(CoordinatorMessage, LeaseID, WorkerID)
    /// Something became of a job, of its inputs, or of a snapshot; or time has passed.
    case progress(SchedulerEvent)
}
