/// The result of one step: completed embeddings, scores of the step's tokens, or generated tokens.
public struct StepOutput: Sendable, Equatable {
    /// The embeddings completed by this step: of windows, or on the last step of the whole document.
    public var embeddings: [Embedding]
    /// The natural-log probability of each of the step's tokens given the earlier tokens; NaN for the first token of a
    /// document or window, which has no context. Without windows and with whole blocks they belong to exactly the
    /// tokens just read. With windows they may end or begin earlier, because blocks begin anew in each window.
    public var tokenLogProbabilities: [Float]
    /// Whether each scored token is the likeliest; `false` for a token without context. Empty unless requested.
    public var isLikeliest: [Bool]
    /// The likeliest tokens in the place of each scored token; `nil` unless requested.
    public var top: TopTokens?
    /// The sum of negative log probabilities from the document's start.
    public var negativeLogLikelihood: Double
    /// The number of tokens in the sum.
    public var scoredTokens: Int
    public var generated: Generated?

    public init(
        embeddings: [Embedding] = [], tokenLogProbabilities: [Float] = [], isLikeliest: [Bool] = [],
        top: TopTokens? = nil, negativeLogLikelihood: Double = 0, scoredTokens: Int = 0, generated: Generated? = nil
    ) {
        self.embeddings = embeddings
        self.tokenLogProbabilities = tokenLogProbabilities
        self.isLikeliest = isLikeliest
        self.top = top
        self.negativeLogLikelihood = negativeLogLikelihood
        self.scoredTokens = scoredTokens
        self.generated = generated
    }

    /// The size of the numbers in a message, in bytes.
    public var byteCount: Int {
        let numbers =
            embeddings.reduce(0) { $0 + $1.vector.count } + tokenLogProbabilities.count
            + (generated?.tokens.count ?? 0) + (generated?.logProbabilities.count ?? 0)
            + 2 * (top?.tokens.count ?? 0) + 2 * (generated?.top?.tokens.count ?? 0)
        return 4 * numbers + isLikeliest.count
    }

    public struct Embedding: Sendable, Equatable {
        /// The number of the window; 0 for a whole document.
        public var window: Int
        public var tokens: Range<Int>
        public var vector: [Float]

        public init(window: Int, tokens: Range<Int>, vector: [Float]) {
            self.window = window
            self.tokens = tokens
            self.vector = vector
        }
    }

    /// Generated tokens of one sample.
    public struct Generated: Sendable, Equatable {
        /// The tokens without the one that ended the text. Tokens of a stop string are included.
        public var tokens: [Int32]
        /// The natural-log probability of each token under the model's own distribution, before filters.
        public var logProbabilities: [Float]
        /// The likeliest tokens in the place of each token; `nil` unless requested.
        public var top: TopTokens?
        /// The reason why the sample ended; `nil` if it continues.
        public var finish: FinishReason?
        /// The start of a stop string in the bytes of the whole sample, where the text ends.
        public var textEnd: Int?

        public init(
            tokens: [Int32] = [], logProbabilities: [Float] = [], top: TopTokens? = nil, finish: FinishReason? = nil,
            textEnd: Int? = nil
        ) {
            self.tokens = tokens
            self.logProbabilities = logProbabilities
            self.top = top
            self.finish = finish
            self.textEnd = textEnd
        }
    }
}
