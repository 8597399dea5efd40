public import Jobs

/// The row of an OpenAI batch line for `/v1/embeddings`:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error"}`, as a line of an OpenAI batch output
/// file.
///
/// A line may ask for many embeddings, so the row is written in pieces, an embedding at a time.
public struct BatchEmbeddingRow: Sendable {
    private var text = JSONText()
    private var written: Int

    /// - Parameters:
    ///   - batchID: `DocumentHeader.batchID`.
    ///   - written: embeddings that were written already, by a value of this type that is gone.
    public init(customID: String, batchID: String, written: Int = 0) {
        self.written = written
        text.beginBatchResponse(customID: customID, batchID: batchID)
        text.member("object", "list")
        text.key("data")
        text.beginArray()
        if written > 0 { text.goOnBehindElement() }
    }

    /// The next embedding, behind what comes before it.
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

/// An OpenAI batch line that was not answered, as OpenAI answers a request that is at fault with status 400:
/// `{"id","custom_id","response":{"status_code","request_id","body"},"error","source"}`, where the body is
/// `{"error":{"message","type","param","code"}}`.
public struct BatchErrorRow: OutputRow, Equatable {
    public var customID: String
    /// `DocumentHeader.batchID`.
    public var batchID: String
    /// `FILE:LINE`. OpenAI's rows have no such member; who reads them passes over it.
    public var source: String
    public var problem: InputProblem

    public init(customID: String, batchID: String, source: String, problem: InputProblem) {
        self.customID = customID
        self.batchID = batchID
        self.source = source
        self.problem = problem
    }

    public func write(to text: inout JSONText) {
        let isOfServer = problem.code.isOfServer
        text.beginBatchResponse(customID: customID, batchID: batchID, status: isOfServer ? 500 : 400)
        text.key("error")
        text.beginObject()
        text.member("message", problem.message)
        text.member("type", isOfServer ? "server_error" : "invalid_request_error")
        text.key("param")
        text.null()
        text.member("code", problem.code.rawValue)
        text.endObject()
        text.endObject()
        text.endObject()
        text.key("error")
        text.null()
        text.member("source", source)
        text.endObject()
    }
}

extension JSONText {
    /// Up to the members of the response's body.
    mutating func beginBatchResponse(customID: String, batchID: String, status: Int = 200) {
        beginObject()
        member("id", "batch_req_" + batchID)
        member("custom_id", customID)
        key("response")
        beginObject()
        member("status_code", status)
        member("request_id", "req_" + batchID)
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

    /// Goes on in an array where another value wrote the elements so far: forgets what comes before the next one.
    mutating func goOnBehindElement() {
        null()
        _ = takeBytes()
    }
}
