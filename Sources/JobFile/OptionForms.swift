internal import Jobs

/// What the section `embed` of a job file says.
struct EmbedForm: Sendable, Codable, Equatable {
    private var pooling: EmbedOptions.Pooling
    private var every: TextOrNumber
    private var normalize: Bool
    private var encoding: EmbedOptions.Encoding
    private var text: Bool

    init(_ options: EmbedOptions) {
        pooling = options.pooling
        every = options.windowTokens.map(TextOrNumber.number) ?? .text("document")
        normalize = options.normalize
        encoding = options.encoding
        text = options.text
    }
}

/// What the section `generate` of a job file says.
struct GenerateForm: Sendable, Codable, Equatable {
    private var maxTokens: Int
    private var temperature: Double
    private var topK: Int
    private var topP: Double
    private var minP: Double
    private var repetitionPenalty: Double
    private var stop: [String]
    private var samples: Int
    private var seed: UInt64
    private var logprobs: Bool
    /// No keys of a job file. A job that a client of another program hands in may have these, and its rows are not
    /// those of a job without.
    private var echo: Bool?
    private var topLogprobs: Int?

    private enum CodingKeys: String, CodingKey {
        case temperature, stop, seed, logprobs, echo
        case maxTokens = "max_tokens"
        case topK = "top_k"
        case topP = "top_p"
        case minP = "min_p"
        case repetitionPenalty = "repetition_penalty"
        case samples = "n"
        case topLogprobs = "top_logprobs"
    }

    init(_ options: GenerateOptions) {
        maxTokens = options.maxTokens
        temperature = options.temperature
        topK = options.topK
        topP = options.topP
        minP = options.minP
        repetitionPenalty = options.repetitionPenalty
        stop = options.stop
        samples = options.samples
        seed = options.seed
        logprobs = options.logprobs
        echo = options.echo ? true : nil
        topLogprobs = options.topLogprobs == 0 ? nil : options.topLogprobs
    }
}

/// What the section `score` of a job file says.
struct ScoreForm: Sendable, Codable, Equatable {
    private var per: ScoreOptions.Unit
    private var window: Int?
    private var logprobs: Bool

    init(_ options: ScoreOptions) {
        per = options.per
        window = options.windowTokens
        logprobs = options.logprobs
    }
}
