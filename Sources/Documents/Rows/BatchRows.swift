public import Jobs

/// The row of an OpenAI batch line for `/v1/embeddings`:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error"}`, as a line of an OpenAI batch output file.
///
/// Ids come from the document's place among the inputs, so that the same job writes the same bytes.
public struct BatchEmbeddingRow: OutputRow, Equatable {
    public var customID: String
    /// `DocumentHeader.ordinal`.
    public var ordinal: Int
    /// As the request names it.
    public var model: String
    public var promptTokens: Int
    public var embedding: [Float]
    public var encoding: EmbedOptions.Encoding

    public init(
        customID: String, ordinal: Int, model: String, promptTokens: Int, embedding: [Float],
        encoding: EmbedOptions.Encoding
    ) {
        self.customID = customID
        self.ordinal = ordinal
        self.model = model
        self.promptTokens = promptTokens
        self.embedding = embedding
        self.encoding = encoding
    }

    public func write(to text: inout JSONText) {
        text.beginBatchResponse(customID: customID, ordinal: ordinal)
        text.member("object", "list")
        text.key("data")
        text.beginArray()
        text.beginObject()
        text.member("object", "embedding")
        text.member("index", 0)
        text.embedding(embedding, encoding)
        text.endObject()
        text.endArray()
        text.member("model", model)
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("total_tokens", promptTokens)
        text.endObject()
        text.endBatchResponse()
    }
}

/// An OpenAI batch line that was not answered: `{"id","custom_id","response":null,"error":{"code","message"},"source"}`.
public struct BatchErrorRow: OutputRow, Equatable {
    public var customID: String
    /// `DocumentHeader.ordinal`.
    public var ordinal: Int
    /// `FILE:LINE`. OpenAI's rows have no such member; who reads them passes over it.
    public var source: String
    public var problem: InputProblem

    public init(customID: String, ordinal: Int, source: String, problem: InputProblem) {
        self.customID = customID
        self.ordinal = ordinal
        self.source = source
        self.problem = problem
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", "batch_req_\(ordinal)")
        text.member("custom_id", customID)
        text.key("response")
        text.null()
        text.key("error")
        text.beginObject()
        text.member("code", problem.code.rawValue)
        text.member("message", problem.message)
        text.endObject()
        text.member("source", source)
        text.endObject()
    }
}

extension JSONText {
    /// Up to the members of the response's body.
    mutating func beginBatchResponse(customID: String, ordinal: Int) {
        beginObject()
        member("id", "batch_req_\(ordinal)")
        member("custom_id", customID)
        key("response")
        beginObject()
        member("status_code", 200)
        member("request_id", "req_\(ordinal)")
        key("body")
        beginObject()
    }

    mutating func endBatchResponse() {
        endObject()
        endObject()
        key("error")
        null()
        endObject()
    }
}
