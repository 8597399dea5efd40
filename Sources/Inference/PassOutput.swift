public import Jobs

/// What reading some tokens of a document gave.
public struct PassOutput: Sendable, Equatable {
    /// Rows of windows that were completed, or the document's row after its last token.
    public var embeddings: [Embedding] = []
    /// Scores of tokens, where the task asks for them; else empty.
    public var scores = Scores(tokens: 0..<0)

    public init() {}

    /// One embedding.
    public struct Embedding: Sendable, Equatable {
        /// Number of the window, from 0; 0 for a document.
        public var window: Int
        /// The tokens that were pooled, counted from the document's start.
        public var tokens: Range<Int>
        public var vector: [Float]

        public init(window: Int, tokens: Range<Int>, vector: [Float]) {
            self.window = window
            self.tokens = tokens
            self.vector = vector
        }
    }

    /// How likely tokens were.
    public struct Scores: Sendable, Equatable {
        /// The tokens that `logProbabilities` are of, counted from the document's start. Without a window, and read in
        /// multiples of 256, they are exactly those just read; with a window they may end earlier or begin earlier, as
        /// blocks then stand on a grid that starts at each window.
        public var tokens: Range<Int>
        /// ln p of each token given those before it; not-a-number for the first token of the document or of a window,
        /// which has nothing before it.
        public var logProbabilities: [Float] = []
        /// Whether each token was the likeliest one; `false` where there is no score. Empty without
        /// `ScoreOptions.logprobs`.
        public var isLikeliest: [Bool] = []
        /// The likeliest tokens in the place of each; `nil` without `GenerateOptions.topLogprobs`.
        public var top: TopTokens?
        /// Minus the sum of all scores of the document so far.
        public var negativeLogLikelihood = 0.0
        /// Number of scores in that sum: without a window the document's tokens less 1.
        public var scoredTokens = 0

        public init(tokens: Range<Int>) {
            self.tokens = tokens
        }

        /// Equal bits: not-a-numbers are equal to themselves.
        public static func == (left: Scores, right: Scores) -> Bool {
            left.tokens == right.tokens && left.isLikeliest == right.isLikeliest && left.top == right.top
                && left.logProbabilities.map(\.bitPattern) == right.logProbabilities.map(\.bitPattern)
                && left.negativeLogLikelihood == right.negativeLogLikelihood
                && left.scoredTokens == right.scoredTokens
        }
    }
}

/// Why a generation ended.
public enum Finish: String, Sendable, Codable, CaseIterable {
    /// A token that ends a text, or a stop string.
    case stop
    /// As many tokens as were asked for.
    case length
}

/// Some tokens of one sample.
public struct GeneratedTokens: Sendable, Equatable {
    /// The tokens, without one that ended the text. Those that complete a stop string are among them.
    public var tokens: [Int32] = []
    /// ln p of each under the model's own distribution, before any filter.
    public var logProbabilities: [Float] = []
    /// The likeliest tokens in the place of each, under the same distribution; `nil` without
    /// `GenerateOptions.topLogprobs`.
    public var top: TopTokens?
    /// Set when the sample is complete.
    public var finish: Finish?
    /// When a stop string ended the sample: how many bytes of the sample's text, from its first token, come before it.
    public var keptBytes: Int?

    public init() {}
}
