/// What the worker machine is told.
public enum WorkerEvent: Sendable, Equatable {
    case message(CoordinatorMessage)
    case stepComputed(lane: Int, LeaseID, number: Int, ComputedStep)
    /// Time has passed.
    /// - Parameter progress: a number that grows while lanes compute.
    case tick(progress: UInt64)
    /// Leave.
    case stop
}

/// What a lane made of a step.
public enum ComputedStep: Sendable, Equatable {
    case outcome(StepOutcome)
    /// This worker cannot do the lease's job, for a reason of its own: it lacks the model, or has another one.
    case unable(Failure)
}

/// What the worker's daemon does next, in this order.
public enum WorkerAction: Sendable, Equatable {
    case send(PeerMessage)
    /// Drop the connection and make a new one: nothing was heard on the old one for too long.
    case reconnect
    /// A lease begins: steps will follow.
    case open(LeaseGrant)
    case compute(lane: Int, Step)
    /// Nothing more will be computed on the lease.
    case close(LeaseID)
    /// The coordinator will not have this worker.
    case fail(CoordinatorMessage.Refused)
    case exit
}
