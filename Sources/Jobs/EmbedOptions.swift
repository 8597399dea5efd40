/// Options for turning hidden states into embeddings.
public struct EmbedOptions: Sendable, Equatable, Codable {
    public enum Pooling: String, Sendable, Codable, CaseIterable { case mean, last }
    public enum Encoding: String, Sendable, Codable, CaseIterable { case float, base64 }

    public var pooling: Pooling
    /// The tokens of a window; `nil` for one row per document.
    public var windowTokens: Int?
    /// The windows, each of which has an embedding.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Whether each embedding is scaled to Euclidean length 1.
    public var normalize: Bool
    public var encoding: Encoding
    /// Whether each window's row has its text.
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
