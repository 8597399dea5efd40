extension Job {
    /// What is done with every document of a job.
    public enum Task: Sendable, Equatable, Codable {
        case embed(EmbedOptions)
        case generate(GenerateOptions)
        case score(ScoreOptions)

        public var name: String {
            switch self {
            case .embed: "embed"
            case .generate: "generate"
            case .score: "score"
            }
        }
    }
}

/// How hidden rows become embeddings.
public struct EmbedOptions: Sendable, Equatable, Codable {
    public enum Pooling: String, Sendable, Codable, CaseIterable { case mean, last }
    public enum Encoding: String, Sendable, Codable, CaseIterable { case float, base64 }

    public var pooling: Pooling
    /// Tokens of a window; `nil`: one row for the whole document.
    public var windowTokens: Int?
    /// The windows that have an embedding each.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Scales each embedding to Euclidean length 1.
    public var normalize: Bool
    public var encoding: Encoding
    /// Each window's row has its text.
    @LeftOut<DefaultOff> public var text: Bool

    public init(
        pooling: Pooling = .mean, windowTokens: Int? = nil, normalize: Bool = true, encoding: Encoding = .float,
        text: Bool = false
    ) {
        self.pooling = pooling
        self.windowTokens = windowTokens
        self.normalize = normalize
        self.encoding = encoding
        self.text = text
    }
}

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

/// What a score covers.
public struct ScoreOptions: Sendable, Equatable, Codable {
    public enum Unit: String, Sendable, Codable, CaseIterable { case document, token }

    public var per: Unit
    /// The state is reset every so many tokens; `nil`: every token is scored with the full history.
    public var windowTokens: Int?
    /// The windows in which the state is carried.
    public var windows: TokenWindows { TokenWindows(length: windowTokens) }
    /// Says of each token whether it is the likeliest.
    @LeftOut<DefaultOff> public var logprobs: Bool

    public init(per: Unit = .document, windowTokens: Int? = nil, logprobs: Bool = false) {
        self.per = per
        self.windowTokens = windowTokens
        self.logprobs = logprobs
    }
}
