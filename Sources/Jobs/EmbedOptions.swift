/// How hidden rows become embeddings.
public struct EmbedOptions: Sendable, Equatable, Codable {
    public enum Pooling: String, Sendable, Codable, CaseIterable { case mean, last }
    public enum Encoding: String, Sendable, Codable, CaseIterable { case float, base64 }

    public var pooling: Pooling
    /// Tokens of a window; `nil`: one row for the whole document.
    public var windowTokens: Int?
    /// The windows that have an embedding each.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Scales each embedding to Euclidean length 1.
    public var normalize: Bool
    public var encoding: Encoding
    /// Each window's row has its text.
    @LeftOut<DefaultOff> public var text: Bool

    public init(
        pooling: Pooling = .mean, windowTokens: Int? = nil, normalize: Bool = true, encoding: Encoding = .float,
        text: Bool = false
    ) {
        self.pooling = pooling
        self.windowTokens = windowTokens
        self.normalize = normalize
        self.encoding = encoding
        self.text = text
    }
}
