internal import Kernels

/// The likeliest tokens in the places of some tokens: a row of `count` for each.
public struct LikeliestTokens: Sendable, Equatable {
    /// Tokens of a row: at least 1.
    public let count: Int
    /// [rows, count], the likeliest first; of equally likely ones the lower id. -1 where there is none.
    public private(set) var tokens: [Int32] = []
    /// [rows, count], ln p of each; not-a-number where there is no token.
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

    /// Equal bits: not-a-numbers are equal to themselves.
    public static func == (left: LikeliestTokens, right: LikeliestTokens) -> Bool {
        left.count == right.count && left.tokens == right.tokens
            && left.logProbabilities.map(\.bitPattern) == right.logProbabilities.map(\.bitPattern)
    }
}
