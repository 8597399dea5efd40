/// The size of a model's state as a function of the tokens behind it.
public struct StateSize: Sendable, Equatable {
    /// Bytes of the state behind no token; 0: not known, and no snapshots are taken.
    public var fixed: Int
    /// Bytes that each token adds at most; 0: the state does not grow.
    public var perToken: Int

    public init(fixed: Int, perToken: Int = 0) {
        self.fixed = fixed
        self.perToken = perToken
    }

    /// Bytes of the state behind so many tokens; `Int.max` where that is more than a number holds.
    public func bytes(afterTokens tokens: Int) -> Int {
        let (growth, isMore) = perToken.multipliedReportingOverflow(by: tokens)
        let (sum, isFar) = fixed.addingReportingOverflow(growth)
        return isMore || isFar ? .max : sum
    }
}
