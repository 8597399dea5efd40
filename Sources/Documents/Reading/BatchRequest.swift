public import Jobs

/// What a line of an OpenAI batch input file asks for, beside the text:
/// `{"custom_id": …, "method": "POST", "url": …, "body": {…}}` (OpenAI API reference, "Batch" and "The request input
/// object").
///
/// A value that the line does not give is `nil`: the job's holds. The texts are the document's: `"input"` or
/// `"prompt"`, a string or an array of token ids, or an array of either. The line's `"model"` is passed over: the job's
/// model answers, and its rows name it.
public struct BatchRequest: Sendable, Equatable {
    public enum Endpoint: String, Sendable, CaseIterable {
        case embeddings = "/v1/embeddings"
        case completions = "/v1/completions"
    }

    public internal(set) var endpoint: Endpoint
    public internal(set) var embeddingEncoding: EmbedOptions.Encoding?
    /// Numbers of an embedding.
    public internal(set) var dimensions: Int?
    /// Options that the line gives of those that a job has, `"n"` for one, and which these are, by their keys. Some are
    /// not OpenAI's but what other servers of its API read.
    public internal(set) var options = GenerateOptions()
    public internal(set) var given: Set<String> = []
    /// `"logprobs"`: log probabilities of the tokens, and of so many of the likeliest in their places.
    public internal(set) var logprobs: Int?
    /// The document comes before its continuation, and with log probabilities its tokens have theirs.
    public internal(set) var echo: Bool?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// What is done with the document: as the job says where the line says nothing.
    ///
    /// A line asks for one embedding of each whole text: windows are the job's for other documents. A job that embeds
    /// answers completions too, and one that generates embeddings, with the options that a job has by default.
    /// - Parameter embeddingWidth: numbers of the model's embeddings.
    /// - Throws: the problem of a line that asks for what the job does not do.
    public func task(of job: Job.Task, embeddingWidth: Int) throws(InputProblem) -> Job.Task {
        switch (endpoint, job) {
        case (.embeddings, .embed(let options)): return .embed(try embedding(options, width: embeddingWidth))
        case (.embeddings, .generate): return .embed(try embedding(EmbedOptions(), width: embeddingWidth))
        case (.completions, .generate(let options)): return .generate(try completion(options))
        case (.completions, .embed): return .generate(try completion(GenerateOptions()))
        case (_, .score):
            throw InputProblem(
                .unsupportedRequest,
                "\(endpoint.rawValue) takes a job of task embed or generate, and this one's is \(job.name)")
        }
    }

    /// Models that were not trained for it lose an unknown part of their meaning when numbers are cut off.
    private func embedding(_ job: EmbedOptions, width: Int) throws(InputProblem) -> EmbedOptions {
        if let dimensions, dimensions != width {
            throw InputProblem(
                .unsupportedRequest,
                "\"dimensions\" is \(dimensions), and this model's embeddings have \(width): it was not trained to be cut"
            )
        }
        return EmbedOptions(
            pooling: job.pooling, normalize: job.normalize, encoding: embeddingEncoding ?? job.encoding)
    }

    private func completion(_ job: GenerateOptions) throws(InputProblem) -> GenerateOptions {
        var options = job
        for option in GenerateOption.all where given.contains(option.key) {
            option.copy(from: self.options, to: &options)
        }
        if let logprobs {
            options.logprobs = true
            options.topLogprobs = logprobs
        }
        options.echo = echo ?? job.echo
        if let problem = options.problem {
            throw InputProblem(.invalidField, "\"\(problem.key)\": \(problem.message)")
        }
        return options
    }
}
