public import Jobs

/// The embedding of a whole document: `{"id","embedding","n_tokens","n_bytes"}`.
public struct DocumentEmbeddingRow: OutputRow, Equatable {
    public var id: String
    public var sample: Int?
    public var embedding: [Float]
    public var encoding: EmbedOptions.Encoding
    public var tokenCount: Int
    /// The bytes of the text; `nil`, written as `null`, for a document of tokens.
    public var byteCount: Int?

    public init(
        id: String, sample: Int? = nil, embedding: [Float], encoding: EmbedOptions.Encoding = .float, tokenCount: Int,
        byteCount: Int?
    ) {
        self.id = id
        self.sample = sample
        self.embedding = embedding
        self.encoding = encoding
        self.tokenCount = tokenCount
        self.byteCount = byteCount
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.name(id, sample: sample)
        text.embedding(embedding, encoding)
        text.member("n_tokens", tokenCount)
        text.member("n_bytes", byteCount)
        text.endObject()
    }
}
