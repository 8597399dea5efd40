/// A score row with every token: `"token_ids"` and `"token_logprobs"` follow the members of `ScoreRow`.
///
/// The row of a long document does not fit in memory, so it is written in pieces: all token ids, then all log
/// probabilities, `takeBytes` as often as the caller likes, and `finish` at the end.
///
///     var row = TokenScoreRow(score)
///     while let ids = try spooledIDs.next() { row.append(tokenIDs: ids); try file.append(row.takeBytes()) }
///     while let values = try spooledLogprobs.next() { row.append(logprobs: values); try file.append(row.takeBytes()) }
///     try file.append(row.finish())
public struct TokenScoreRow: ~Copyable, Sendable {
    private let tokenCount: Int
    private var tokenIDs = 0
    private var logprobs = 0
    private var isAtLogprobs = false
    private var text = JSONText()

    public init(_ score: ScoreRow) {
        tokenCount = score.tokenCount
        text.beginObject()
        score.writeMembers(to: &text)
        text.key("token_ids")
        text.beginArray()
    }

    /// The next token ids of the document; all of them come before the first log probability.
    public mutating func append(tokenIDs values: [Int32]) {
        precondition(!isAtLogprobs, "token ids come before log probabilities")
        text.integers(values)
        tokenIDs += values.count
    }

    /// The next log probabilities: those of tokens 1…n-1. The `null` of token 0, which nothing predicts, is written here.
    public mutating func append(logprobs values: [Float]) {
        beginLogprobs()
        text.numbers(values)
        logprobs += values.count
    }

    /// What was written since the last call.
    public mutating func takeBytes() -> [UInt8] {
        text.takeBytes()
    }

    /// The rest of the row with its line feed.
    public consuming func finish() -> [UInt8] {
        beginLogprobs()
        precondition(
            logprobs == tokenCount, "a row of \(tokenCount) tokens was given \(logprobs - 1) log probabilities")
        text.endArray()
        text.endObject()
        text.endLine()
        return text.bytes
    }

    private mutating func beginLogprobs() {
        if isAtLogprobs { return }
        isAtLogprobs = true
        precondition(tokenIDs == tokenCount, "a row of \(tokenCount) tokens was given \(tokenIDs) token ids")
        text.endArray()
        text.key("token_logprobs")
        text.beginArray()
        if tokenCount > 0 {
            text.null()
            logprobs = 1
        }
    }
}
