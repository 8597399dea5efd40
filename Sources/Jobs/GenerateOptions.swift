/// How a document is continued. The filters mean what they mean in Hugging Face transformers and are applied in its
/// order: repetition penalty, temperature, top-k, top-p, min-p.
///
/// ``GenerateOption`` has their names and ranges.
public struct GenerateOptions: Sendable, Equatable, Codable {
    public var maxTokens: Int
    /// 0 takes the likeliest token.
    public var temperature: Double
    /// 0: no limit.
    public var topK: Int
    public var topP: Double
    public var minP: Double
    public var repetitionPenalty: Double
    public var stop: [String]
    /// Samples of each document.
    public var samples: Int
    public var seed: UInt64
    public var logprobs: Bool
    /// The text of a sample begins with the document's own, and where there are log probabilities, the document's
    /// tokens have theirs.
    @LeftOut<DefaultOff> public var echo: Bool
    /// The likeliest tokens named beside each token: 0 to ``topLogprobsLimit``.
    @LeftOut<DefaultZero> public var topLogprobs: Int

    /// OpenAI's chat completions name 20 at most, their completions 5
    /// (https://platform.openai.com/docs/api-reference/completions/create).
    public static let topLogprobsLimit = 20

    /// The most of `samples`.
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
