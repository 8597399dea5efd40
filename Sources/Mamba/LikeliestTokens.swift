internal import Kernels

/// The likeliest tokens in the places of some tokens: one row of `count` tokens for each place.
public struct LikeliestTokens: Sendable, Equatable {
    /// The tokens of a row, at least 1.
    public let count: Int
    /// The token ids, [rows, count], the likeliest first, and of equally likely ones the lower id first; -1 for no
    /// token.
    public private(set) var tokens: [Int32] = []
    /// The ln p of each token, [rows, count]; not-a-number for no token.
    public private(set) var logProbabilities: [Float] = []

    public init(count: Int) {
        precondition(count > 0, "rows of \(count) tokens")
        self.count = count
    }

    mutating func append(row: Int, of largest: RunningLargest, logSumExp: Double) {
        for place in 0..<count {
            let token = largest.position(ofRow: row, at: place)
            tokens.append(token)
            logProbabilities.append(
                token < 0 ? .nan : Float(Double(largest.value(ofRow: row, at: place)) - logSumExp))
        }
    }

    /// Whether the bits are equal. A not-a-number equals itself.
    public static func == (left: LikeliestTokens, right: LikeliestTokens) -> Bool {
        left.count == right.count && left.tokens == right.tokens
            && left.logProbabilities.map(\.bitPattern) == right.logProbabilities.map(\.bitPattern)
    }
}
