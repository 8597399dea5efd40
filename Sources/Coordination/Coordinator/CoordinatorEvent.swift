/// What the coordinator is told.
public enum CoordinatorEvent<Connection: Hashable & Sendable>: Sendable {
    /// A message of a worker.
    /// - Parameters:
    ///   - user: whose key the connection has proved; `nil` without keys.
    ///   - misfit: why the result is none of the step that it is said to be of (``Coordinator/awaitedStep(of:by:)``).
    case said(WorkerMessage, by: Connection, user: String? = nil, misfit: String? = nil)
    /// A message could not be sent: the worker's connection is gone.
    case unreachable(WorkerID)
    /// A worker's key is no longer on the list of those that are let in.
    case barred(WorkerID)
    /// What a worker sent turned out to be made up, or of a broken worker.
    /// - Parameter problem: for the worker and for people.
    case misfit(WorkerID, problem: String)
    /// What a worker needs for a lease was read: its grant, or a step. The lease may have ended meanwhile.
    case ready(CoordinatorMessage, LeaseID, WorkerID)
    /// Something became of a job, of its inputs, or of a snapshot; or time has passed.
    case progress(SchedulerEvent)
}
