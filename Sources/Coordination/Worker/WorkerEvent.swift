public import Jobs

/// The events that the worker's state machine takes.
public enum WorkerEvent: Sendable, Equatable {
    case message(CoordinatorMessage)
    case stepComputed(lane: Int, LeaseID, number: Int, ComputedStep)
    /// Time has passed.
    /// - Parameter progress: one number for each lane, which grows while the lane computes.
    case tick(progress: [UInt64])
    /// The worker is to leave: it ends the steps under way and hands everything back.
    case stop
}

/// The outcome of a step on a lane.
public enum ComputedStep: Sendable, Equatable {
    /// - Parameter snapshot: the state after the step, if the step asked for it.
    case outcome(StepOutcome, snapshot: FrameBytes? = nil)
    /// This worker cannot do the lease's job: it lacks the model, or has another one.
    case unable(Failure)
    /// The snapshot that the lease began with cannot be read.
    case unreadableSnapshot(Failure)
}

/// The actions of the worker's state machine, carried out in order.
public enum WorkerAction: Sendable, Equatable {
    case send(PeerMessage)
    /// Hand the lease back, with the state after its computed steps.
    case handBack(LeaseID, nextStep: Int)
    /// Replace the connection: the coordinator was silent for too long.
    case reconnect
    /// Open a lease: its steps will follow.
    case open(LeaseGrant)
    /// Compute a step.
    /// - Parameter lane: the lane, which may have steps of other leases.
    case compute(lane: Int, Step)
    /// Stop generating after the present token; another worker does the rest.
    case endGenerating
    /// Close a lease: none of its steps will be computed any more.
    case close(LeaseID)
    /// End with an error: the coordinator refuses this worker.
    case fail(CoordinatorMessage.Refused)
    /// End the process: a lane computes without progress.
    case giveUp(lane: Int)
    case exit
}

extension ComputedStep {
    /// The outcome with a step's output. If the output is larger than a message, the document fails: such a message
    /// would end the connection, and the next connection would fare no better.
    public init(_ output: StepOutput, snapshot: FrameBytes?, messageBytes: Int = Limits.messageBytes) {
        let bytes = output.byteCount + (snapshot?.count ?? 0)
        // A sixteenth of the message is left for the header.
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
