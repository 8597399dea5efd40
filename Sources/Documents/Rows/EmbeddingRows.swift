public import Jobs

/// The embedding of a whole document: `{"id","embedding","n_tokens","n_bytes"}`.
public struct DocumentEmbeddingRow: OutputRow, Equatable {
    public var id: String
    public var embedding: [Float]
    public var encoding: EmbedOptions.Encoding
    public var tokenCount: Int
    /// `nil`, written as `null`: the document came as tokens.
    public var byteCount: Int?

    public init(
        id: String, embedding: [Float], encoding: EmbedOptions.Encoding = .float, tokenCount: Int, byteCount: Int?
    ) {
        self.id = id
        self.embedding = embedding
        self.encoding = encoding
        self.tokenCount = tokenCount
        self.byteCount = byteCount
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", id)
        text.embedding(embedding, encoding)
        text.member("n_tokens", tokenCount)
        text.member("n_bytes", byteCount)
        text.endObject()
    }
}

/// The embedding of one window of a document:
/// `{"id","window","token_start","token_end","byte_start","byte_end","embedding"}`.
public struct WindowEmbeddingRow: OutputRow, Equatable {
    public var id: String
    /// Counts a document's windows from 0.
    public var window: Int
    public var tokens: Range<Int>
    /// `nil`, written as `null`: the document came as tokens.
    public var bytes: Range<Int>?
    public var embedding: [Float]
    public var encoding: EmbedOptions.Encoding

    public init(
        id: String, window: Int, tokens: Range<Int>, bytes: Range<Int>?, embedding: [Float],
        encoding: EmbedOptions.Encoding = .float
    ) {
        self.id = id
        self.window = window
        self.tokens = tokens
        self.bytes = bytes
        self.embedding = embedding
        self.encoding = encoding
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", id)
        text.member("window", window)
        text.member("token_start", tokens.lowerBound)
        text.member("token_end", tokens.upperBound)
        text.member("byte_start", bytes?.lowerBound)
        text.member("byte_end", bytes?.upperBound)
        text.embedding(embedding, encoding)
        text.endObject()
    }
}

extension JSONText {
    mutating func embedding(_ values: [Float], _ encoding: EmbedOptions.Encoding) {
        key("embedding")
        switch encoding {
        case .float:
            beginArray()
            numbers(values)
            endArray()
        case .base64:
            base64(values)
        }
    }
}
