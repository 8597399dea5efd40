public import Jobs

/// The row of an OpenAI batch line for `/v1/embeddings`, in the format of an OpenAI batch output file:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error"}`.
///
/// A line may request many embeddings, so the row is written one embedding at a time.
public struct BatchEmbeddingRow: Sendable {
    private var text = JSONText()
    private var written: Int

    /// - Parameters:
    ///   - batchID: `DocumentHeader.batchID`.
    ///   - written: the number of embeddings that an earlier value of this type wrote.
    public init(customID: String, batchID: String, written: Int = 0) {
        self.written = written
        text.beginBatchResponse(customID: customID, batchID: batchID)
        text.member("object", "list")
        text.key("data")
        text.beginArray()
        if written > 0 { text.goOnBehindElement() }
    }

    /// The next embedding, with the text that precedes it.
    public mutating func append(_ embedding: [Float], _ encoding: EmbedOptions.Encoding) -> [UInt8] {
        text.beginObject()
        text.member("object", "embedding")
        text.member("index", written)
        text.embedding(embedding, encoding)
        text.endObject()
        written += 1
        return text.takeBytes()
    }

    /// The rest of the row with its line feed.
    public mutating func finish(model: String, promptTokens: Int) -> [UInt8] {
        text.endArray()
        text.member("model", model)
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("total_tokens", promptTokens)
        text.endObject()
        text.endBatchResponse()
        text.endLine()
        return text.takeBytes()
    }
}
