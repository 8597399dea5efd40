/// Options for the continuation of a document. Filters have the meaning and order of Hugging Face transformers:
/// repetition penalty, temperature, top-k, top-p, min-p.
///
/// ``GenerateOption/all`` has the names and ranges of the options.
public struct GenerateOptions: Sendable, Equatable, Codable {
    public var maxTokens: Int
    /// The temperature; 0 selects the likeliest token.
    public var temperature: Double
    /// The number of likeliest tokens to sample from; 0 for no limit.
    public var topK: Int
    public var topP: Double
    public var minP: Double
    public var repetitionPenalty: Double
    public var stop: [String]
    /// The number of samples of each document.
    public var samples: Int
    public var seed: UInt64
    public var logprobs: Bool
    /// Whether the text of a sample begins with the document's text. With log probabilities the document's tokens have
    /// theirs too.
    @LeftOut<DefaultOff> public var echo: Bool
    /// The number of likeliest tokens listed beside each token: 0 to ``topLogprobsLimit``.
    @LeftOut<DefaultZero> public var topLogprobs: Int

    /// The limit of ``topLogprobs``. OpenAI's chat completions list at most 20, its completions 5
    /// (https://platform.openai.com/docs/api-reference/completions/create).
    public static let topLogprobsLimit = 20

    /// The limit of `samples`.
    public static let mostSamples = 1_000_000

    public init(
        maxTokens: Int = 128, temperature: Double = 1, topK: Int = 0, topP: Double = 1, minP: Double = 0,
        repetitionPenalty: Double = 1, stop: [String] = [], samples: Int = 1, seed: UInt64 = 0, logprobs: Bool = false,
        echo: Bool = false, topLogprobs: Int = 0
    ) {
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.topK = topK
        self.topP = topP
        self.minP = minP
        self.repetitionPenalty = repetitionPenalty
        self.stop = stop
        self.samples = samples
        self.seed = seed
        self.logprobs = logprobs
        self.echo = echo
        self.topLogprobs = topLogprobs
    }
}

extension GenerateOption {
    /// All options, in the usual order.
    public static let all = [
        GenerateOption(
            "max_tokens", .integer(\.maxTokens, OptionRange(0 ... .max)),
            "The most tokens that a document is continued by."),
        GenerateOption(
            "temperature", .number(\.temperature, .notNegative), "0 takes the likeliest token; more is more varied."),
        GenerateOption(
            "top_k", .integer(\.topK, OptionRange(0 ... .max)),
            "Samples from the K likeliest tokens alone; 0: from all."),
        GenerateOption(
            "top_p", .number(\.topP, .part), "Samples from the likeliest tokens that together have this probability."),
        GenerateOption("min_p", .number(\.minP, .part), "Drops tokens less likely than this part of the likeliest."),
        GenerateOption(
            "repetition_penalty", .number(\.repetitionPenalty, .positive),
            "More than 1 makes tokens less likely that the document or its continuation has already."),
        GenerateOption(
            "stop", .texts(\.stop), "Texts that end a continuation and are not part of it: one, or a list."),
        GenerateOption(
            "n", .integer(\.samples, OptionRange(1...GenerateOptions.mostSamples)), "Continuations of each document."),
        GenerateOption(
            "seed", .seed(\.seed),
            "A row's random numbers follow from the seed, the document's id and the sample's number alone."),
        GenerateOption(
            "logprobs", .flag(\.logprobs), "Adds the ids of the generated tokens and their log probabilities."),
        GenerateOption("echo", .flag(\.echo)),
        GenerateOption(
            "top_logprobs", .integer(\.topLogprobs, OptionRange(0...GenerateOptions.topLogprobsLimit))),
    ]
}
