extension FrameCoding {
    public static func frames(of message: PeerMessage) -> [[UInt8]] {
        switch message {
        case .hello(let hello): Envelope(kind: "hello", header: hello).frames
        case .heartbeat(let heartbeat): Envelope(kind: "heartbeat", header: heartbeat).frames
        case .result(let result): envelope(of: result).frames
        case .refusal(let refusal): Envelope(kind: "refusal", header: refusal).frames
        case .goodbye: Envelope(kind: "goodbye").frames
        case .submit(let submission): Envelope(kind: "submit", header: submission).frames
        case .status(let request): Envelope(kind: "status", header: request).frames
        }
    }

    public static func peerMessage(from frames: [[UInt8]]) throws(DecodingError) -> PeerMessage {
        let envelope = try Envelope(frames: frames)
        if envelope.kind != "result" {
            try envelope.requireArrays(0)
        }
        switch envelope.kind {
        case "hello": return .hello(try envelope.decoded())
        case "heartbeat": return .heartbeat(try envelope.decoded())
        case "result": return .result(try result(from: envelope))
        case "refusal": return .refusal(try envelope.decoded())
        case "goodbye": return .goodbye
        case "submit": return .submit(try envelope.decoded())
        case "status": return .status(try envelope.decoded())
        default: throw .unknownKind(envelope.kind)
        }
    }
}
