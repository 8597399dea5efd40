/// The likeliest tokens in the places of a sequence of tokens, `count` per row.
public struct TopTokens: Sendable, Equatable {
    /// The number of tokens in a row, at least 1.
    public var count: Int
    /// [rows, count], the likeliest first, and the lower id first among equal probabilities. -1 where no token exists:
    /// in the place of a document's first token, or if the vocabulary has fewer tokens than `count`.
    public var tokens: [Int32]
    /// [rows, count], the natural-log probabilities; NaN where no token exists.
    public var logProbabilities: [Float]

    public init(count: Int, tokens: [Int32] = [], logProbabilities: [Float] = []) {
        precondition(count > 0, "rows of \(count) tokens")
        precondition(
            tokens.count == logProbabilities.count && tokens.count.isMultiple(of: count),
            "\(tokens.count) tokens and \(logProbabilities.count) log probabilities in rows of \(count)")
        self.count = count
        self.tokens = tokens
        self.logProbabilities = logProbabilities
    }

    /// The number of rows.
    public var rows: Int { tokens.count / count }

    /// Appends rows with an equal count.
    public mutating func append(_ other: TopTokens) {
        precondition(other.count == count, "rows of \(other.count) tokens to rows of \(count)")
        tokens += other.tokens
        logProbabilities += other.logProbabilities
    }

    /// Appends a row for a token without context.
    public mutating func appendNone() {
        tokens += Array(repeating: -1, count: count)
        logProbabilities += Array(repeating: .nan, count: count)
    }

    /// Compares bits, so that equal NaNs are equal.
    public static func == (left: TopTokens, right: TopTokens) -> Bool {
        left.count == right.count && left.tokens == right.tokens
            && left.logProbabilities.map(\.bitPattern) == right.logProbabilities.map(\.bitPattern)
    }
}
