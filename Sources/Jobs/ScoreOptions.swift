/// What a score covers.
public struct ScoreOptions: Sendable, Equatable, Codable {
    public enum Unit: String, Sendable, Codable, CaseIterable { case document, token }

    public var per: Unit
    /// The state is reset every so many tokens; `nil`: every token is scored with the full history.
    public var windowTokens: Int?
    /// The windows in which the state is carried.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Says of each token whether it is the likeliest.
    @LeftOut<DefaultOff> public var logprobs: Bool

    public init(per: Unit = .document, windowTokens: Int? = nil, logprobs: Bool = false) {
        self.per = per
        self.windowTokens = windowTokens
        self.logprobs = logprobs
    }
}
