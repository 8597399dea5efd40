/// Options for scores.
public struct ScoreOptions: Sendable, Equatable, Codable {
    public enum Unit: String, Sendable, Codable, CaseIterable { case document, token }

    public var per: Unit
    /// The tokens after which the state is reset; `nil` to score every token with the full history.
    public var windowTokens: Int?
    /// The windows within which the state is carried.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Whether rows say of each token whether it is the likeliest.
    @LeftOut<DefaultOff> public var logprobs: Bool

    public init(per: Unit = .document, windowTokens: Int? = nil, logprobs: Bool = false) {
        self.per = per
        self.windowTokens = windowTokens
        self.logprobs = logprobs
    }
}
