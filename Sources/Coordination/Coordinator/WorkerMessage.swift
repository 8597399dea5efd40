/// What workers say to the coordinator, without what clients say.
public enum WorkerMessage: Sendable, Equatable {
    case hello(PeerMessage.Hello)
    case heartbeat(PeerMessage.Heartbeat)
    case result(StepResult)
    case refusal(PeerMessage.Refusal)
    case drain
    case handback(PeerMessage.Handback)
    case goodbye

    /// - Returns: `nil` for what a client says.
    public init?(_ message: PeerMessage) {
        switch message {
        case .hello(let hello): self = .hello(hello)
        case .heartbeat(let heartbeat): self = .heartbeat(heartbeat)
        case .result(let result): self = .result(result)
        case .refusal(let refusal): self = .refusal(refusal)
        case .drain: self = .drain
        case .handback(let handback): self = .handback(handback)
        case .goodbye: self = .goodbye
        case .submit, .status: return nil
        }
    }

    /// What the message does, for people.
    public var name: String {
        switch self {
        case .hello: "say hello as a worker"
        case .heartbeat: "send a heartbeat"
        case .result: "return a result"
        case .refusal: "refuse work"
        case .drain: "ask to leave"
        case .handback: "give work back"
        case .goodbye: "say goodbye"
        }
    }
}
