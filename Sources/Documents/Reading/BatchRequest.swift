public import Jobs

/// What a line of an OpenAI batch input file asks for, beside the text:
/// `{"custom_id": …, "method": "POST", "url": …, "body": {…}}` (OpenAI API reference, "Batch" and "The request input
/// object").
///
/// A value that the line does not give is `nil`: the job's holds. The text is the document's: one `"input"` or one
/// `"prompt"`, a string or an array of token ids, alone or as the only element of an array.
public struct BatchRequest: Sendable, Equatable {
    public enum Endpoint: String, Sendable, CaseIterable {
        case embeddings = "/v1/embeddings"
        case completions = "/v1/completions"
    }

    public internal(set) var endpoint: Endpoint
    /// The model as the line names it; rows give it back.
    public internal(set) var model: String?
    public internal(set) var embeddingEncoding: EmbedOptions.Encoding?
    public internal(set) var maxTokens: Int?
    public internal(set) var temperature: Double?
    public internal(set) var topP: Double?
    /// `top_k`, `min_p` and `repetition_penalty` are not OpenAI's but what other servers of its API read.
    public internal(set) var topK: Int?
    public internal(set) var minP: Double?
    public internal(set) var repetitionPenalty: Double?
    /// `"n"`.
    public internal(set) var samples: Int?
    public internal(set) var seed: UInt64?
    public internal(set) var stop: [String]?
    /// Log probabilities of the generated tokens are asked for: `"logprobs": 0`. Those of other tokens are not offered.
    public internal(set) var logprobs: Bool?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }
}
