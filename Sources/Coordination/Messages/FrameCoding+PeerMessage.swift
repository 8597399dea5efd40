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

    /// Arrays of a result: embedding vectors one after the other; token log probabilities; the negative log
    /// likelihood; generated tokens; their log probabilities. Numbers that may be NaN travel as arrays: JSON has none.
    private struct ResultHeader: Codable {
        struct Embedding: Codable {
            var window: Int
            var start: Int
            var end: Int
        }
        struct Generated: Codable {
            var finish: StepOutput.Generated.Finish?
            var textEnd: Int?
        }
        var lease: LeaseID
        var number: Int
        var failure: Failure?
        var embeddings: [Embedding] = []
        var scoredTokens = 0
        var generated: Generated?
    }

    private static func envelope(of result: StepResult) -> Envelope {
        var header = ResultHeader(lease: result.lease, number: result.number)
        switch result.outcome {
        case .documentFailed(let failure):
            header.failure = failure
            return Envelope(kind: "result", header: header)
        case .output(let output):
            header.embeddings = output.embeddings.map {
                .init(window: $0.window, start: $0.tokens.lowerBound, end: $0.tokens.upperBound)
            }
            header.scoredTokens = output.scoredTokens
            header.generated = output.generated.map { .init(finish: $0.finish, textEnd: $0.textEnd) }
            return Envelope(
                kind: "result", header: header,
                arrays: [
                    LittleEndian.bytes(output.embeddings.flatMap(\.vector)),
                    LittleEndian.bytes(output.tokenLogProbabilities),
                    LittleEndian.bytes([output.negativeLogLikelihood]),
                    LittleEndian.bytes(output.generated?.tokens ?? []),
                    LittleEndian.bytes(output.generated?.logProbabilities ?? []),
                ])
        }
    }

    private static func result(from envelope: Envelope) throws(DecodingError) -> StepResult {
        let header: ResultHeader = try envelope.decoded()
        if let failure = header.failure {
            try envelope.requireArrays(0)
            return StepResult(lease: header.lease, number: header.number, outcome: .documentFailed(failure))
        }
        try envelope.requireArrays(5)
        let likelihood = try envelope.array(2, LittleEndian.doubles)
        guard likelihood.count == 1 else {
            throw .malformed(kind: envelope.kind, reason: "\(likelihood.count) likelihoods where 1 belongs")
        }
        var output = StepOutput(
            embeddings: try embeddings(header.embeddings, envelope),
            tokenLogProbabilities: try envelope.array(1, LittleEndian.floats),
            negativeLogLikelihood: likelihood[0],
            scoredTokens: header.scoredTokens)
        output.generated = try generated(header.generated, envelope)
        return StepResult(lease: header.lease, number: header.number, outcome: .output(output))
    }

    private static func generated(
        _ header: ResultHeader.Generated?, _ envelope: Envelope
    ) throws(DecodingError) -> StepOutput.Generated? {
        let tokens = try envelope.array(3, LittleEndian.int32s)
        let logProbabilities = try envelope.array(4, LittleEndian.floats)
        guard logProbabilities.isEmpty || logProbabilities.count == tokens.count else {
            throw .malformed(
                kind: envelope.kind,
                reason: "\(logProbabilities.count) log probabilities for \(tokens.count) tokens")
        }
        guard let header else {
            guard tokens.isEmpty else { throw .malformed(kind: envelope.kind, reason: "tokens of no sample") }
            return nil
        }
        return StepOutput.Generated(
            tokens: tokens, logProbabilities: logProbabilities, finish: header.finish, textEnd: header.textEnd)
    }

    private static func embeddings(
        _ headers: [ResultHeader.Embedding], _ envelope: Envelope
    ) throws(DecodingError) -> [StepOutput.Embedding] {
        let values = try envelope.array(0, LittleEndian.floats)
        let (length, rest) = values.count.quotientAndRemainder(dividingBy: max(1, headers.count))
        guard rest == 0, !headers.isEmpty || values.isEmpty else {
            throw .malformed(kind: envelope.kind, reason: "\(values.count) numbers for \(headers.count) embeddings")
        }
        var embeddings: [StepOutput.Embedding] = []
        for (index, header) in headers.enumerated() {
            guard header.start <= header.end else {
                throw .malformed(kind: envelope.kind, reason: "an embedding of tokens \(header.start)..<\(header.end)")
            }
            embeddings.append(
                StepOutput.Embedding(
                    window: header.window, tokens: header.start..<header.end,
                    vector: Array(values[index * length..<(index + 1) * length])))
        }
        return embeddings
    }
}
