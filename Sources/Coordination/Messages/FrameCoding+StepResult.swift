import Jobs

/// The written form of a step's result.
///
/// Arrays of a result: embedding vectors one after the other; token log probabilities; the negative log likelihood;
/// generated tokens; their log probabilities. Then, where the header says so: whether each token is the likeliest, a
/// byte each; likeliest tokens and their log probabilities in the places of the tokens read; the same in the places of
/// the generated ones. Last the state after the step, if it was asked for. Numbers that may be NaN travel as arrays:
/// JSON has none.
extension FrameCoding {
    private struct ResultHeader: Codable {
        struct Embedding: Codable {
            var window: Int
            var start: Int
            var end: Int
        }
        struct Generated: Codable {
            var finish: Finish?
            var textEnd: Int?
            /// Likeliest tokens in the place of each token.
            var topCount: Int?
        }
        var lease: LeaseID
        var number: Int
        var failure: Failure?
        var embeddings: [Embedding] = []
        var scoredTokens = 0
        /// `true`, or left out.
        var isLikeliest: Bool?
        /// Likeliest tokens in the place of each token read.
        var topCount: Int?
        var generated: Generated?
        /// `true`, or left out.
        var hasSnapshot: Bool?

        var arrayCount: Int {
            5 + (isLikeliest == true ? 1 : 0) + (topCount == nil ? 0 : 2) + (generated?.topCount == nil ? 0 : 2)
                + (hasSnapshot == true ? 1 : 0)
        }
    }

    static func envelope(of result: StepResult) -> Envelope {
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
            header.isLikeliest = output.isLikeliest.isEmpty ? nil : true
            header.topCount = output.top?.count
            header.generated = output.generated.map {
                .init(finish: $0.finish, textEnd: $0.textEnd, topCount: $0.top?.count)
            }
            header.hasSnapshot = result.snapshot == nil ? nil : true
            let snapshot = result.snapshot.map { [$0] } ?? []
            return Envelope(kind: "result", header: header, arrays: arrays(of: output) + snapshot)
        }
    }

    private static func arrays(of output: StepOutput) -> [[UInt8]] {
        var arrays = [
            LittleEndian.bytes(output.embeddings.flatMap(\.vector)),
            LittleEndian.bytes(output.tokenLogProbabilities),
            LittleEndian.bytes([output.negativeLogLikelihood]),
            LittleEndian.bytes(output.generated?.tokens ?? []),
            LittleEndian.bytes(output.generated?.logProbabilities ?? []),
        ]
        if !output.isLikeliest.isEmpty { arrays.append(output.isLikeliest.map { $0 ? 1 : 0 }) }
        for top in [output.top, output.generated?.top] {
            guard let top else { continue }
            arrays.append(LittleEndian.bytes(top.tokens))
            arrays.append(LittleEndian.bytes(top.logProbabilities))
        }
        return arrays
    }

    static func result(from envelope: Envelope) throws(DecodingError) -> StepResult {
        let header: ResultHeader = try envelope.decoded()
        if let failure = header.failure {
            try envelope.requireArrays(0)
            return StepResult(lease: header.lease, number: header.number, outcome: .documentFailed(failure))
        }
        try envelope.requireArrays(header.arrayCount)
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
        let tokens = output.tokenLogProbabilities.count
        var next = 5
        if header.isLikeliest == true {
            output.isLikeliest = try flags(next, count: tokens, envelope)
            next += 1
        }
        if let count = header.topCount {
            output.top = try top(next, rows: tokens, count: count, envelope)
            next += 2
        }
        if let generated = output.generated, let count = header.generated?.topCount {
            output.generated?.top = try top(next, rows: generated.tokens.count, count: count, envelope)
        }
        return StepResult(
            lease: header.lease, number: header.number, outcome: .output(output),
            snapshot: header.hasSnapshot == true ? envelope.arrays.last : nil)
    }

    /// One byte for each of `count` tokens. None is no array at all: it would not be written again.
    private static func flags(
        _ index: Int, count: Int, _ envelope: Envelope
    ) throws(DecodingError) -> [Bool] {
        let bytes = envelope.arrays[index]
        guard bytes.count == count, count > 0, bytes.allSatisfy({ $0 <= 1 }) else {
            throw .malformed(kind: envelope.kind, reason: "array \(index) is not a 0 or 1 for each of \(count) tokens")
        }
        return bytes.map { $0 == 1 }
    }

    private static func top(
        _ index: Int, rows: Int, count: Int, _ envelope: Envelope
    ) throws(DecodingError) -> TopTokens {
        guard (1...GenerateOptions.topLogprobsLimit).contains(count) else {
            throw .malformed(kind: envelope.kind, reason: "\(count) likeliest tokens in one place")
        }
        let tokens = try envelope.array(index, LittleEndian.int32s)
        let logProbabilities = try envelope.array(index + 1, LittleEndian.floats)
        guard tokens.count == rows * count, logProbabilities.count == tokens.count else {
            throw .malformed(
                kind: envelope.kind,
                reason: "\(tokens.count) likeliest tokens with \(logProbabilities.count) log probabilities "
                    + "for \(rows) rows of \(count)")
        }
        return TopTokens(count: count, tokens: tokens, logProbabilities: logProbabilities)
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
