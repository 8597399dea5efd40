public import Jobs

/// A line of an OpenAI batch output file: `{"id","custom_id","response":{"status_code","request_id","body"},"error"}`.
///
/// Ids come from the document's place among the inputs and times from the job, so that the same job writes the same
/// bytes.
public struct BatchRow: OutputRow, Equatable {
    public enum Body: Sendable, Equatable {
        case embedding([Float], EmbedOptions.Encoding)
        /// The samples of one document, in order.
        case completion([Choice])
    }

    /// One sample of a completion.
    public struct Choice: Sendable, Equatable {
        public var text: String
        public var finishReason: GenerationRow.FinishReason
        public var completionTokens: Int
        /// Text and log probability of each generated token.
        public var logprobs: [Token]?

        public struct Token: Sendable, Equatable {
            public var text: String
            public var logprob: Float

            public init(text: String, logprob: Float) {
                self.text = text
                self.logprob = logprob
            }
        }

        public init(
            text: String, finishReason: GenerationRow.FinishReason, completionTokens: Int, logprobs: [Token]? = nil
        ) {
            self.text = text
            self.finishReason = finishReason
            self.completionTokens = completionTokens
            self.logprobs = logprobs
        }
    }

    public var customID: String
    /// `DocumentHeader.ordinal`.
    public var ordinal: Int
    /// As the request names it.
    public var model: String
    public var promptTokens: Int
    /// Seconds since 1970.
    public var created: Int
    public var body: Body

    public init(customID: String, ordinal: Int, model: String, promptTokens: Int, created: Int, body: Body) {
        self.customID = customID
        self.ordinal = ordinal
        self.model = model
        self.promptTokens = promptTokens
        self.created = created
        self.body = body
    }

    public func write(to text: inout JSONText) {
        text.beginObject()
        text.member("id", "batch_req_\(ordinal)")
        text.member("custom_id", customID)
        text.key("response")
        text.beginObject()
        text.member("status_code", 200)
        text.member("request_id", "req_\(ordinal)")
        text.key("body")
        switch body {
        case .embedding(let values, let encoding): writeEmbedding(values, encoding, to: &text)
        case .completion(let choices): writeCompletion(choices, to: &text)
        }
        text.endObject()
        text.key("error")
        text.null()
        text.endObject()
    }

    private func writeEmbedding(_ values: [Float], _ encoding: EmbedOptions.Encoding, to text: inout JSONText) {
        text.beginObject()
        text.member("object", "list")
        text.key("data")
        text.beginArray()
        text.beginObject()
        text.member("object", "embedding")
        text.member("index", 0)
        text.embedding(values, encoding)
        text.endObject()
        text.endArray()
        text.member("model", model)
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("total_tokens", promptTokens)
        text.endObject()
        text.endObject()
    }

    private func writeCompletion(_ choices: [Choice], to text: inout JSONText) {
        text.beginObject()
        text.member("id", "cmpl-\(ordinal)")
        text.member("object", "text_completion")
        text.member("created", created)
        text.member("model", model)
        text.key("choices")
        text.beginArray()
        for (index, choice) in choices.enumerated() {
            text.beginObject()
            text.member("text", choice.text)
            text.member("index", index)
            text.key("logprobs")
            writeLogprobs(choice.logprobs, to: &text)
            text.member("finish_reason", choice.finishReason.rawValue)
            text.endObject()
        }
        text.endArray()
        let completionTokens = choices.reduce(0) { $0 + $1.completionTokens }
        text.key("usage")
        text.beginObject()
        text.member("prompt_tokens", promptTokens)
        text.member("completion_tokens", completionTokens)
        text.member("total_tokens", promptTokens + completionTokens)
        text.endObject()
        text.endObject()
    }

    /// `text_offset` counts Unicode scalars, as Python strings do, from the start of the completion.
    private func writeLogprobs(_ tokens: [Choice.Token]?, to text: inout JSONText) {
        guard let tokens else { return text.null() }
        text.beginObject()
        text.key("tokens")
        text.beginArray()
        for token in tokens { text.string(token.text) }
        text.endArray()
        text.key("token_logprobs")
        text.beginArray()
        text.numbers(tokens.lazy.map(\.logprob))
        text.endArray()
        text.key("top_logprobs")
        text.null()
        text.key("text_offset")
        text.beginArray()
        var offset = 0
        for token in tokens {
            text.integer(offset)
            offset += token.text.unicodeScalars.count
        }
        text.endArray()
        text.endObject()
    }
}

/// A batch line that was not answered: `{"id","custom_id","response":null,"error":{"code","message"}}`.
public struct BatchErrorRow: OutputRow, Equatable {
    public var customID: String
    /// `DocumentHeader.ordinal`.
    public var ordinal: Int
    public var problem: InputProblem

    public init(customID: String, ordinal: Int, problem: InputProblem) {
        self.customID = customID
        self.ordinal = ordinal
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
        text.endObject()
    }
}
