public import Jobs

/// What the worker machine is told.
public enum WorkerEvent: Sendable, Equatable {
    case message(CoordinatorMessage)
    case stepComputed(lane: Int, LeaseID, number: Int, ComputedStep)
    /// Time has passed.
    /// - Parameter progress: of each lane a number that grows while it computes.
    case tick(progress: [UInt64])
    /// Leave: end the steps under way and give everything back.
    case stop
}

/// What a lane made of a step.
public enum ComputedStep: Sendable, Equatable {
    /// - Parameter snapshot: the state after the step, if it was asked for.
    case outcome(StepOutcome, snapshot: FrameBytes? = nil)
    /// This worker cannot do the lease's job, for a reason of its own: it lacks the model, or has another one.
    case unable(Failure)
    /// The snapshot that the lease began with cannot be read.
    case unreadableSnapshot(Failure)
}

/// What the worker's daemon does next, in this order.
public enum WorkerAction: Sendable, Equatable {
    case send(PeerMessage)
    /// Send the lease back with the state that its computed steps left.
    case handBack(LeaseID, nextStep: Int)
    /// Drop the connection and make a new one: nothing was heard on the old one for too long.
    case reconnect
    /// A lease begins: steps will follow.
    case open(LeaseGrant)
    /// - Parameter lane: which may have steps of other leases.
    case compute(lane: Int, Step)
    /// End generating with the tokens that are there; the rest is done elsewhere.
    case endGenerating
    /// Nothing more will be computed on the lease.
    case close(LeaseID)
    /// The coordinator will not have this worker.
    case fail(CoordinatorMessage.Refused)
    /// A lane computes and does not get on: the process is of no further use.
    case giveUp(lane: Int)
    case exit
}

extension ComputedStep {
    /// What a step brought. More than a message holds would end the connection, and be computed again on the next: such
    /// a document cannot be done.
    public init(_ output: StepOutput, snapshot: FrameBytes?, messageBytes: Int = Limits.messageBytes) {
        let bytes = output.byteCount + (snapshot?.count ?? 0)
        // A sixteenth is for the header.
        guard bytes > messageBytes - messageBytes / 16 else {
            self = .outcome(.output(output), snapshot: snapshot)
            return
        }
        let failure = Failure(
            code: "result_too_large",
            message:
                "a step brings \(bytes) bytes, of which \(snapshot?.count ?? 0) are the state, and a message holds "
                + "\(messageBytes): there is no smaller step")
        self = .outcome(.documentFailed(failure), snapshot: nil)
    }
}
