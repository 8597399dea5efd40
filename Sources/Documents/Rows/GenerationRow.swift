public import Jobs

/// One continuation of a document:
/// `{"id","sample","text","finish_reason","usage":{"prompt_tokens","completion_tokens"},"seed"}`. With log
/// probabilities `"token_ids"` and `"token_logprobs"` follow. Without a tokenizer `"token_ids"` replaces `"text"`.
public struct GenerationRow: OutputRow, Equatable {
    /// The generated tokens and the natural logarithm of each token's probability.
    public struct Logprobs: Sendable, Equatable {
        public var tokens: [Int32]
        public var values: [Float]

        public init(tokens: [Int32], values: [Float]) {
            precondition(tokens.count == values.count, "one log probability per token")
            self.tokens = tokens
            self.values = values
        }
    }

    public var id: String
    /// The number of the sample in the document, from 0.
    public var sample: Int
    /// The text; `nil` if the model has no tokenizer.
    public var text: String?
    /// The generated tokens, if they replace the text.
    public var tokenIDs: [Int32]
    public var finishReason: FinishReason
    public var promptTokens: Int
    public var completionTokens: Int
    public var seed: UInt64
    public var logprobs: Logprobs?

    public init(
        id: String, sample: Int, text: String?, tokenIDs: [Int32] = [], finishReason: FinishReason, promptTokens: Int,
        completionTokens: Int, seed: UInt64, logprobs: Logprobs? = nil
    ) {
        self.id = id
        self.sample = sample
        self.text = text
        self.tokenIDs = tokenIDs
        self.finishReason = finishReason
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.seed = seed
        self.logprobs = logprobs
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", id)
        text.member("sample", sample)
        if let own = self.text { text.member("text", own) } else { text.member("token_ids", tokenIDs) }
        text.member("finish_reason", finishReason.rawValue)
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("completion_tokens", completionTokens)
        text.endObject()
        text.member("seed", seed)
        if let logprobs {
            if self.text != nil { text.member("token_ids", logprobs.tokens) }
            text.key("token_logprobs")
            text.beginArray()
            text.numbers(logprobs.values)
            text.endArray()
        }
        text.endObject()
    }
}
