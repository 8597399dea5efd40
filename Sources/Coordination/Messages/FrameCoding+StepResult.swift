import Bytes
import Jobs

/// The written form of a step's result.
///
/// Empty arrays are left out. Numbers that may be NaN travel as arrays, because JSON has no NaN.
extension FrameCoding {
    private struct ResultHeader: Encodable, ArrayListing {
        struct Embedding: Codable {
            var window: Int
            var start: Int
            var end: Int
        }
        struct Generated: Codable {
            var finish: FinishReason?
            var textEnd: Int?
            /// The number of likeliest tokens in the place of each token.
            var topCount: Int?
        }
        var arrays: [ArrayHeader]?
        var lease: LeaseID
        var number: Int
        var failure: Failure?
        /// The embeddings, left out if there are none, as is a count of 0: most results have neither.
        var embeddings: [Embedding]?
        var scoredTokens: Int?
        /// The number of likeliest tokens in the place of each token read.
        var topCount: Int?
        var generated: Generated?
    }

    static func envelope(of result: StepResult) -> Envelope {
        var header = ResultHeader(lease: result.lease, number: result.number)
        switch result.outcome {
        case .documentFailed(let failure):
            header.failure = failure
            return Envelope(kind: "result", header: header)
        case .output(let output):
            if !output.embeddings.isEmpty {
                header.embeddings = output.embeddings.map {
                    .init(window: $0.window, start: $0.tokens.lowerBound, end: $0.tokens.upperBound)
                }
            }
            if output.scoredTokens != 0 { header.scoredTokens = output.scoredTokens }
            header.topCount = output.top?.count
            header.generated = output.generated.map {
                .init(finish: $0.finish, textEnd: $0.textEnd, topCount: $0.top?.count)
            }
            return Envelope(kind: "result", header: header, arrays: arrays(of: output, snapshot: result.snapshot))
        }
    }

    private static func arrays(of output: StepOutput, snapshot: FrameBytes?) -> ArrayWriter {
        var arrays = ArrayWriter()
        if !output.embeddings.isEmpty {
            var vectors: [UInt8] = []
            for embedding in output.embeddings { LittleEndian.append(embedding.vector, to: &vectors) }
            arrays.append(.embeddings, .float32, vectors)
        }
        if !output.tokenLogProbabilities.isEmpty {
            arrays.append(.tokenLogProbabilities, output.tokenLogProbabilities)
        }
        if output.negativeLogLikelihood.bitPattern != 0 {
            arrays.append(.negativeLogLikelihood, [output.negativeLogLikelihood])
        }
        if !output.isLikeliest.isEmpty { arrays.append(.isLikeliest, output.isLikeliest.map { $0 ? 1 : 0 as UInt8 }) }
        if let top = output.top {
            arrays.append(.topTokens, top.tokens)
            arrays.append(.topLogProbabilities, top.logProbabilities)
        }
        if let generated = output.generated {
            arrays.append(.generatedTokens, generated.tokens)
            if !generated.logProbabilities.isEmpty {
                arrays.append(.generatedLogProbabilities, generated.logProbabilities)
            }
            if let top = generated.top {
                arrays.append(.generatedTopTokens, top.tokens)
                arrays.append(.generatedTopLogProbabilities, top.logProbabilities)
            }
        }
        if let snapshot { arrays.append(.snapshot, .uint8, snapshot.bytes) }
        return arrays
    }

    static func result(from envelope: Envelope) throws(DecodingError) -> StepResult {
        var (header, arrays) = try envelope.opened(ResultHeader.self)
        if let failure = header.failure {
            try arrays.finish()
            return StepResult(lease: header.lease, number: header.number, outcome: .documentFailed(failure))
        }
        var output = StepOutput(
            embeddings: try embeddings(header.embeddings ?? [], &arrays, envelope),
            tokenLogProbabilities: try arrays.take(.tokenLogProbabilities) ?? [],
            negativeLogLikelihood: try arrays.take(.negativeLogLikelihood, as: Double.self, count: 1)?.first ?? 0,
            scoredTokens: header.scoredTokens ?? 0)
        let tokens = output.tokenLogProbabilities.count
        if let flags = try arrays.take(.isLikeliest, as: UInt8.self, count: tokens) {
            // An empty array would not be written again: it is left out.
            guard !flags.isEmpty, flags.allSatisfy({ $0 <= 1 }) else {
                throw .malformed(
                    kind: envelope.kind, reason: "the array 'isLikeliest' is not a 0 or 1 for each of \(tokens) tokens")
            }
            output.isLikeliest = flags.map { $0 == 1 }
        }
        if let count = header.topCount {
            output.top = try top(.topTokens, .topLogProbabilities, rows: tokens, count: count, &arrays, envelope)
        }
        output.generated = try generated(header.generated, &arrays, envelope)
        let snapshot = try arrays.take(.snapshot, .uint8)
        try arrays.finish()
        return StepResult(lease: header.lease, number: header.number, outcome: .output(output), snapshot: snapshot)
    }

    private static func top(
        _ tokenName: ArrayName, _ valueName: ArrayName, rows: Int, count: Int, _ arrays: inout ArrayReader,
        _ envelope: Envelope
    ) throws(DecodingError) -> TopTokens {
        guard (1...GenerateOptions.topLogprobsLimit).contains(count) else {
            throw .malformed(kind: envelope.kind, reason: "\(count) likeliest tokens in one place")
        }
        // The product cannot overflow: there are at most as many rows as bytes in an array.
        let tokens: [Int32] = try arrays.require(tokenName, count: rows * count)
        let values: [Float] = try arrays.require(valueName, count: rows * count)
        return TopTokens(count: count, tokens: tokens, logProbabilities: values)
    }

    private static func generated(
        _ header: ResultHeader.Generated?, _ arrays: inout ArrayReader, _ envelope: Envelope
    ) throws(DecodingError) -> StepOutput.Generated? {
        guard let header else { return nil }
        let tokens: [Int32] = try arrays.require(.generatedTokens)
        var generated = StepOutput.Generated(tokens: tokens, finish: header.finish, textEnd: header.textEnd)
        if let values = try arrays.take(.generatedLogProbabilities, as: Float.self, count: tokens.count) {
            generated.logProbabilities = values
        }
        if let count = header.topCount {
            generated.top = try top(
                .generatedTopTokens, .generatedTopLogProbabilities, rows: tokens.count, count: count, &arrays, envelope)
        }
        return generated
    }

    private static func embeddings(
        _ headers: [ResultHeader.Embedding], _ arrays: inout ArrayReader, _ envelope: Envelope
    ) throws(DecodingError) -> [StepOutput.Embedding] {
        guard !headers.isEmpty else { return [] }
        let values: [Float] = try arrays.require(.embeddings)
        let (length, rest) = values.count.quotientAndRemainder(dividingBy: headers.count)
        guard rest == 0 else {
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
