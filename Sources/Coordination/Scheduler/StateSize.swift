/// The size of a model's state, as a function of the tokens that were read.
public struct StateSize: Sendable, Equatable {
    /// The bytes of the state before any token; 0: not known, and no snapshots are taken.
    public var fixed: Int
    /// The most bytes that each token adds; 0: the state does not grow.
    public var perToken: Int

    public init(fixed: Int, perToken: Int = 0) {
        self.fixed = fixed
        self.perToken = perToken
    }

    /// The bytes of the state after so many tokens; `Int.max` if the number overflows.
    public func bytes(afterTokens tokens: Int) -> Int {
        let (growth, isMore) = perToken.multipliedReportingOverflow(by: tokens)
        let (sum, isFar) = fixed.addingReportingOverflow(growth)
        return isMore || isFar ? .max : sum
    }
}
