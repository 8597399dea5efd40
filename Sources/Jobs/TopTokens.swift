/// The likeliest tokens in the places of some tokens: a row of `count` for each.
public struct TopTokens: Sendable, Equatable {
    /// Tokens of a row: at least 1.
    public var count: Int
    /// [rows, count], the likeliest first; of equally likely ones the lower id. -1 where there is none: in the place of
    /// a document's first token, or when the vocabulary has fewer tokens than `count`.
    public var tokens: [Int32]
    /// [rows, count], their natural-log probabilities; NaN where there is no token.
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

    /// How many tokens have a row.
    public var rows: Int { tokens.count / count }

    /// Adds the rows of another with an equal count.
    public mutating func append(_ other: TopTokens) {
        precondition(other.count == count, "rows of \(other.count) tokens to rows of \(count)")
        tokens += other.tokens
        logProbabilities += other.logProbabilities
    }

    /// Adds a row for a token that nothing came before.
    public mutating func appendNone() {
        tokens += Array(repeating: -1, count: count)
        logProbabilities += Array(repeating: .nan, count: count)
    }

    /// Equal bits: not-a-numbers are equal to themselves.
    public static func == (left: TopTokens, right: TopTokens) -> Bool {
        left.count == right.count && left.tokens == right.tokens
            && left.logProbabilities.map(\.bitPattern) == right.logProbabilities.map(\.bitPattern)
    }
}
