public import Jobs

/// A token that is to be chosen.
public struct TokenChoice: Sendable {
    /// The token comes after it.
    public var state: any EngineState
    public var options: GenerateOptions
    /// Ids from here on are padding and neither chosen nor named.
    public var vocabularySize: Int
    /// Tokens that the repetition penalty falls on; empty without one.
    public var isSeen: [Bool]
    package var randomness: SampleRandomness
    /// Of the token in its sample, which its random number is drawn for.
    public var position: Int

    /// A number of 0 ..< 1 for this token.
    public var uniform: Double { randomness.uniform(at: position) }
}

/// A token that was chosen.
public struct ChosenToken: Sendable, Equatable {
    public var token: Int32
    /// ln p of it, under the model's own distribution, before any filter.
    public var logProbability: Float
    /// The likeliest tokens in its place, one row; `nil` without `GenerateOptions.topLogprobs`.
    public var top: TopTokens?

    public init(token: Int32, logProbability: Float, top: TopTokens? = nil) {
        self.token = token
        self.logProbability = logProbability
        self.top = top
    }
}
