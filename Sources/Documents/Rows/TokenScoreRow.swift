/// A score row with every token: `"token_ids"` and `"token_logprobs"` follow the members of `ScoreRow`, and if asked
/// for `"is_greedy"`: whether each is the token that greedy decoding would have chosen.
///
/// The row of a long document does not fit in memory, so it is written in pieces: all token ids, then all log
/// probabilities, then whether each is greedy, `takeBytes` as often as the caller likes, and `finish` at the end.
///
///     var row = TokenScoreRow(score)
///     while let ids = try spooledIDs.next() { row.append(tokenIDs: ids); try file.append(row.takeBytes()) }
///     while let values = try spooledLogprobs.next() { row.append(logprobs: values); try file.append(row.takeBytes()) }
///     try file.append(row.finish())
public struct TokenScoreRow: ~Copyable, Sendable {
    private let tokenCount: Int
    private var tokenIDs = 0
    private var logprobs = 0
    /// `nil`: the row does not say.
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

    /// The next token ids of the document; all of them come before the first log probability.
    public mutating func append(tokenIDs values: [Int32]) {
        precondition(part == .tokenIDs, "token ids come before log probabilities")
        text.integers(values)
        tokenIDs += values.count
    }

    /// The next log probabilities: those of tokens 1…n-1. The `null` of token 0, which nothing predicts, is written
    /// here.
    public mutating func append(logprobs values: [Float]) {
        precondition(part != .isGreedy, "log probabilities come before what is greedy")
        beginLogprobs()
        text.numbers(values)
        logprobs += values.count
    }

    /// Whether the next tokens are the likeliest ones: of tokens 1…n-1, `nil` for one that has no log probability. The
    /// `null` of token 0 is written here.
    public mutating func append(isGreedy values: [Bool?]) {
        beginGreedyFlags()
        for value in values {
            if let value { text.boolean(value) } else { text.null() }
        }
        greedyFlags = (greedyFlags ?? 0) + values.count
    }

    /// What was written since the last call.
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
