public import Jobs

/// The request to choose one token.
public struct TokenChoice: Sendable {
    /// The state after which the token comes.
    public var state: any EngineState
    public var options: GenerateOptions
    /// The size of the vocabulary without padding: only smaller ids are chosen and named.
    public var vocabularySize: Int
    /// The flags of the tokens that the repetition penalty affects; empty without a penalty.
    public var isSeen: [Bool]
    package var randomness: SampleRandomness
    /// The position of the token in its sample, from which its random number follows.
    public var position: Int

    /// The random number of this token, in 0 ..< 1.
    public var uniform: Double { randomness.uniform(at: position) }
}

/// A chosen token.
public struct ChosenToken: Sendable, Equatable {
    public var token: Int32
    /// The token's natural-log probability, under the model's own distribution before any filter.
    public var logProbability: Float
    /// The likeliest tokens in its place, one row; `nil` without `GenerateOptions.topLogprobs`.
    public var top: TopTokens?

    public init(token: Int32, logProbability: Float, top: TopTokens? = nil) {
        self.token = token
        self.logProbability = logProbability
        self.top = top
    }
}
