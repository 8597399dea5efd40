public import Jobs

/// The embedding of one window of a document:
/// `{"id","window","token_start","token_end","byte_start","byte_end","embedding"}`, with an optional `"text"` before
/// the embedding.
///
/// A window may be a whole document, so the row is written in pieces.
public struct WindowEmbeddingRow: Sendable, Equatable {
    public var id: String
    public var sample: Int?
    /// The number of the window in the document, from 0.
    public var window: Int
    public var tokens: Range<Int>
    /// The bytes of the window; `nil`, written as `null`, for a document of tokens.
    public var bytes: Range<Int>?
    public var embedding: [Float]
    public var encoding: EmbedOptions.Encoding

    public init(
        id: String, sample: Int? = nil, window: Int, tokens: Range<Int>, bytes: Range<Int>?, embedding: [Float],
        encoding: EmbedOptions.Encoding = .float
    ) {
        self.id = id
        self.sample = sample
        self.window = window
        self.tokens = tokens
        self.bytes = bytes
        self.embedding = embedding
        self.encoding = encoding
    }

    /// A traversal of the window's text, in pieces of UTF-8 that end with a character.
    public typealias Text = (_ body: ([UInt8]) throws -> Void) throws -> Void

    /// Writes the row and its line feed.
    /// - Parameters:
    ///   - windowText: the text; `nil` if not requested.
    ///   - emit: receives the written bytes.
    public func write(windowText: Text? = nil, emit: ([UInt8]) throws -> Void) throws {
        var text = JSONText()
        text.beginObject()
        text.name(id, sample: sample)
        text.member("window", window)
        text.member("token_start", tokens.lowerBound)
        text.member("token_end", tokens.upperBound)
        text.member("byte_start", bytes?.lowerBound)
        text.member("byte_end", bytes?.upperBound)
        if let windowText {
            text.key("text")
            if bytes == nil {
                text.null()
            } else {
                text.beginString()
                try windowText { piece in
                    text.continueString(String(decoding: piece, as: UTF8.self))
                    try emit(text.takeBytes())
                }
                text.endString()
            }
        }
        text.embedding(embedding, encoding)
        text.endObject()
        text.endLine()
        try emit(text.takeBytes())
    }
}
