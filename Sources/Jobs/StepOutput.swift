/// What one step of work brought: rows that are complete, scores of the step's tokens, or generated tokens.
public struct StepOutput: Sendable, Equatable {
    /// Embeddings that this step completed: of windows, or of the whole document on its last step.
    public var embeddings: [Embedding]
    /// ln p of each of the step's tokens given those before it; not-a-number for the first token of the document or of
    /// a window, which has nothing before it. Without a window, and read in whole blocks, they are of exactly the
    /// tokens just read; with a window they may end earlier or begin earlier, as blocks then stand on a grid that
    /// starts at each window.
    public var tokenLogProbabilities: [Float]
    /// Whether each of these tokens is the likeliest; `false` for those that nothing came before. Empty unless asked
    /// for.
    public var isLikeliest: [Bool]
    /// The likeliest tokens in the place of each of these tokens; `nil` unless asked for.
    public var top: TopTokens?
    /// Sum of the negative log probabilities from the document's start.
    public var negativeLogLikelihood: Double
    /// Tokens that the sum covers.
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

    /// Bytes of its numbers in a message.
    public var byteCount: Int {
        let numbers =
            embeddings.reduce(0) { $0 + $1.vector.count } + tokenLogProbabilities.count
            + (generated?.tokens.count ?? 0) + (generated?.logProbabilities.count ?? 0)
            + 2 * (top?.tokens.count ?? 0) + 2 * (generated?.top?.tokens.count ?? 0)
        return 4 * numbers + isLikeliest.count
    }

    public struct Embedding: Sendable, Equatable {
        /// 0 for a whole document.
        public var window: Int
        public var tokens: Range<Int>
        public var vector: [Float]

        public init(window: Int, tokens: Range<Int>, vector: [Float]) {
            self.window = window
            self.tokens = tokens
            self.vector = vector
        }
    }

    /// Some tokens of one sample.
    public struct Generated: Sendable, Equatable {
        /// Without one that ended the text. Those that complete a stop string are among them.
        public var tokens: [Int32]
        /// ln p of each under the model's own distribution, before any filter.
        public var logProbabilities: [Float]
        /// The likeliest tokens in the place of each of these tokens; `nil` unless asked for.
        public var top: TopTokens?
        /// `nil`: the sample goes on.
        public var finish: FinishReason?
        /// Where a stop string begins in the bytes of the whole sample: the text ends there.
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
