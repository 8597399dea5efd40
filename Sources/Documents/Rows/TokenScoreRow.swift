/// A score row with every token: `"token_ids"` and `"token_logprobs"` follow the members of `ScoreRow`. An optional
/// `"is_greedy"` says for each token whether greedy decoding would choose it.
///
/// The row of a long document does not fit in memory, so it is written in pieces: all token ids, then all log
/// probabilities, then all greedy flags. `takeBytes` may be called at any time, and `finish` ends the row.
///
///     var row = TokenScoreRow(score)
///     while let ids = try spooledIDs.next() { row.append(tokenIDs: ids); try file.append(row.takeBytes()) }
///     while let values = try spooledLogprobs.next() { row.append(logprobs: values); try file.append(row.takeBytes()) }
///     try file.append(row.finish())
public struct TokenScoreRow: ~Copyable, Sendable {
    private let tokenCount: Int
    private var tokenIDs = 0
    private var logprobs = 0
    /// The number of greedy flags written; `nil` if the row has none.
    private var greedyFlags: Int?
    private var part = Part.tokenIDs
    private var text = JSONText()

    private enum Part { case tokenIDs, logprobs, isGreedy }

    /// - Parameter saysGreedy: whether the row ends with `"is_greedy"`.
    public init(_ score: ScoreRow, saysGreedy: Bool = false) {
        greedyFlags = saysGreedy ? 0 : nil
        tokenCount = score.tokenCount
        text.beginObject()
        score.writeMembers(to: &text)
        text.key("token_ids")
        text.beginArray()
    }

    /// Writes the next token ids. All ids precede the first log probability.
    public mutating func append(tokenIDs values: [Int32]) {
        precondition(part == .tokenIDs, "token ids come before log probabilities")
        text.integers(values)
        tokenIDs += values.count
    }

    /// Writes the next log probabilities, beginning with token 1. The `null` of token 0, which has no context, is
    /// added.
    public mutating func append(logprobs values: [Float]) {
        precondition(part != .isGreedy, "log probabilities come before what is greedy")
        beginLogprobs()
        text.numbers(values)
        logprobs += values.count
    }

    /// Writes the next greedy flags, beginning with token 1; `nil` for a token without log probability. The `null` of
    /// token 0 is added.
    public mutating func append(isGreedy values: [Bool?]) {
        beginGreedyFlags()
        for value in values {
            if let value { text.boolean(value) } else { text.null() }
        }
        greedyFlags = (greedyFlags ?? 0) + values.count
    }

    /// The bytes written since the last call.
    public mutating func takeBytes() -> [UInt8] {
        text.takeBytes()
    }

    /// The rest of the row with its line feed.
    public consuming func finish() -> [UInt8] {
        if greedyFlags == nil {
            endLogprobs()
        } else {
            beginGreedyFlags()
            precondition(
                greedyFlags == tokenCount, "a row of \(tokenCount) tokens says of \(greedyFlags ?? 0) what is greedy")
            text.endArray()
        }
        text.endObject()
        text.endLine()
        return text.bytes
    }

    private mutating func beginLogprobs() {
        guard part == .tokenIDs else { return }
        part = .logprobs
        precondition(tokenIDs == tokenCount, "a row of \(tokenCount) tokens was given \(tokenIDs) token ids")
        text.endArray()
        text.key("token_logprobs")
        text.beginArray()
        if tokenCount > 0 {
            text.null()
            logprobs = 1
        }
    }
    private mutating func endLogprobs() {
        beginLogprobs()
        precondition(
            logprobs == tokenCount, "a row of \(tokenCount) tokens was given \(logprobs - 1) log probabilities")
        text.endArray()
    }

    private mutating func beginGreedyFlags() {
        precondition(greedyFlags != nil, "this row does not say what is greedy")
        guard part != .isGreedy else { return }
        endLogprobs()
        part = .isGreedy
        text.key("is_greedy")
        text.beginArray()
        if tokenCount > 0 {
            text.null()
            greedyFlags = 1
        }
    }
}
