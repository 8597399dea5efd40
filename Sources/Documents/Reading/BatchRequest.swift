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
    /// `"logprobs"`: log probabilities of the tokens, and of so many of the likeliest in their places.
    public internal(set) var logprobs: Int?
    /// The document comes before its continuation, and with log probabilities its tokens have theirs.
    public internal(set) var echo: Bool?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// What is done with the document: as the job says where the line says nothing.
    ///
    /// A line asks for one embedding of its whole text: windows are the job's for other documents.
    /// - Throws: the problem of a line that asks for another task than the job's.
    public func task(of job: Job.Task) throws(InputProblem) -> Job.Task {
        switch (endpoint, job) {
        case (.embeddings, .embed(var options)):
            options.windowTokens = nil
            options.encoding = embeddingEncoding ?? options.encoding
            return .embed(options)
        case (.completions, .generate(let options)):
            return .generate(completion(options))
        case (.embeddings, _), (.completions, _):
            let needed = endpoint == .embeddings ? "embed" : "generate"
            throw InputProblem(
                .unsupportedRequest, "\(endpoint.rawValue) takes a job of task \(needed), and this one's is \(job.name)"
            )
        }
    }

    private func completion(_ job: GenerateOptions) -> GenerateOptions {
        var options = job
        options.maxTokens = maxTokens ?? job.maxTokens
        options.temperature = temperature ?? job.temperature
        options.topP = topP ?? job.topP
        options.topK = topK ?? job.topK
        options.minP = minP ?? job.minP
        options.repetitionPenalty = repetitionPenalty ?? job.repetitionPenalty
        options.samples = samples ?? job.samples
        options.seed = seed ?? job.seed
        options.stop = stop ?? job.stop
        options.logprobs = logprobs != nil || job.logprobs
        options.topLogprobs = logprobs ?? job.topLogprobs
        options.echo = echo ?? job.echo
        return options
    }
}
