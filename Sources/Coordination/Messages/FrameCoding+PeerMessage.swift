extension FrameCoding {
    public static func frames(of message: PeerMessage) -> [[UInt8]] {
        switch message {
        case .hello(let hello): Envelope(kind: "hello", header: hello).frames
        case .heartbeat(let heartbeat): Envelope(kind: "heartbeat", header: heartbeat).frames
        case .result(let result): envelope(of: result).frames
        case .refusal(let refusal): Envelope(kind: "refusal", header: refusal).frames
        case .drain: Envelope(kind: "drain").frames
        case .handback(let handback):
            Envelope(
                kind: "handback", header: HandbackHeader(lease: handback.lease, nextStep: handback.nextStep),
                arrays: ArrayWriter(snapshot: handback.snapshot)
            ).frames
        case .goodbye: Envelope(kind: "goodbye").frames
        case .submit(let submission): Envelope(kind: "submit", header: submission).frames
        case .status(let request): Envelope(kind: "status", header: request).frames
        }
    }

    public static func peerMessage(from frames: [[UInt8]]) throws(DecodingError) -> PeerMessage {
        try peerMessage(sizes: frames.map(\.count)) { Array(frames[$0].prefix($1)) }
    }

    /// - Parameters:
    ///   - sizes: the sizes of the frames, in bytes. A message that is too large for its kind is refused before it is
    ///     read.
    ///   - frame: a function that returns the frame at a place, cut after so many bytes.
    public static func peerMessage(
        sizes: [Int], _ frame: (_ place: Int, _ atMost: Int) -> [UInt8]
    ) throws(DecodingError) -> PeerMessage {
        let envelope = try Envelope(sizes: sizes, frame, limits: MessageLimits())
        switch envelope.kind {
        case "hello": return .hello(try envelope.decoded())
        case "heartbeat": return .heartbeat(try envelope.decoded())
        case "result": return .result(try result(from: envelope))
        case "refusal": return .refusal(try envelope.decoded())
        case "drain": return .drain
        case "handback":
            var (header, arrays) = try envelope.opened(HandbackHeader.self)
            let snapshot = try arrays.take(.snapshot, .uint8)
            try arrays.finish()
            return .handback(.init(lease: header.lease, nextStep: header.nextStep, snapshot: snapshot))
        case "goodbye": return .goodbye
        case "submit": return .submit(try envelope.decoded())
        case "status": return .status(try envelope.decoded())
        default: throw .unknownKind(envelope.kind)
        }
    }

    private struct HandbackHeader: Encodable, ArrayListing {
        var arrays: [ArrayHeader]?
        var lease: LeaseID
        var nextStep: Int
    }
}
