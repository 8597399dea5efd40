import Coordination

/// A message as it really came, for the referee: planted bugs alter what the coordinator is told.
struct Heard {
    var message: PeerMessage
    var connection: ConnectionID
    /// The worker that had said hello on the connection before.
    var sender: WorkerID?

    init(_ message: PeerMessage, on connection: ConnectionID, from sender: WorkerID?) {
        self.message = message
        self.connection = connection
        self.sender = sender
    }

    var result: StepResult? {
        if case .result(let result) = message { result } else { nil }
    }
}
