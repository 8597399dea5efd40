public import Jobs

/// The request of a line of an OpenAI batch input file, without the text: `{"custom_id": …, "method": "POST", "url": …,
/// "body": {…}}` (OpenAI API reference, "Batch" and "The request input object").
///
/// A value that the line does not give is `nil`, and the job's value holds. The document's texts are the line's
/// `"input"` or `"prompt"`: a string or an array of token ids, or an array of either. The line's `"model"` is ignored:
/// the job's model answers, and its rows name that model.
public struct BatchRequest: Sendable, Equatable {
    public enum Endpoint: String, Sendable, CaseIterable {
        case embeddings = "/v1/embeddings"
        case completions = "/v1/completions"
    }

    public internal(set) var endpoint: Endpoint
    public internal(set) var embeddingEncoding: EmbedOptions.Encoding?
    /// The width of an embedding.
    public internal(set) var dimensions: Int?
    /// The options that the line gives, such as `"n"`, with their keys. Some are extensions by other servers of
    /// OpenAI's API.
    public internal(set) var options = GenerateOptions()
    public internal(set) var given: Set<String> = []
    /// The value of `"logprobs"`: the number of likeliest tokens whose log probabilities are listed in each token's
    /// place. 0 lists the token alone.
    public internal(set) var logprobs: Int?
    /// Whether the document precedes its continuation. With log probabilities the document's tokens have theirs too.
    public internal(set) var echo: Bool?

    init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    /// The task for the document. Options that the line does not give are the job's.
    ///
    /// A line asks for one embedding of each whole text, so the job's windows do not apply. An embedding job also
    /// answers completions, and a generation job also answers embeddings, with default options.
    /// - Parameter embeddingWidth: the width of the model's embeddings.
    /// - Throws: the problem of an unsupported request.
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

    /// Truncated embeddings lose an unknown part of their meaning unless the model was trained for truncation.
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
