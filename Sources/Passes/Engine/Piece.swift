public import Jobs

/// A piece: tokens of a document that one pass over the weights reads, and the wanted output.
///
/// It begins at the state's offset. A piece that begins within a block ends with it at the latest. A piece that begins
/// with a block may have several blocks.
public struct Piece: Sendable {
    /// The wanted output of a piece, beside the state after it.
    public enum Wanted: Sendable {
        case nothing
        /// The sums of the tokens' rows after the last norm.
        case sums(RowSums)
        /// The rows of some tokens, counted from the piece's first.
        case rows([Int])
        /// The probability of each token after those before it.
        case scores(ScoreRequest)
    }

    public var tokens: ArraySlice<Int32>
    /// The state, which advances by the tokens.
    public var state: any EngineState
    public var wanted: Wanted

    public init(_ tokens: ArraySlice<Int32>, from state: any EngineState, wanted: Wanted = .nothing) {
        self.tokens = tokens
        self.state = state
        self.wanted = wanted
    }
}

/// The request for sums of rows.
public struct RowSums: Sendable, Equatable {
    /// The sum of the rows before the piece, in float64, one number for each column.
    public var running: [Double]
    /// The row counts, ascending, after which a sum ends and the next one begins with 0.
    public var ends: [Int]

    public init(running: [Double], ends: [Int]) {
        self.running = running
        self.ends = ends
    }
}

/// The request for scores.
public struct ScoreRequest: Sendable, Equatable {
    /// The number of likeliest tokens to name in the place of each token.
    public var topCount: Int
    /// The size of the vocabulary without padding: only smaller ids are named.
    public var namedVocabularySize: Int

    public init(topCount: Int = 0, namedVocabularySize: Int = .max) {
        self.topCount = topCount
        self.namedVocabularySize = namedVocabularySize
    }
}

/// The output of a piece. Parts that were not wanted are empty.
public struct PieceOutput: Sendable, Equatable {
    /// Whether all numbers of the last token's row are finite.
    public var isFinite: Bool
    /// The sums for ``RowSums``: those that ended, and at last the one that goes on.
    public var sums: [[Double]] = []
    public var rows: [[Float]] = []
    public var scores = PieceScores()

    public init(isFinite: Bool) {
        self.isFinite = isFinite
    }
}

/// The scores of a piece's tokens. The first token of a state has none, because no token comes before it.
public struct PieceScores: Sendable, Equatable {
    /// The natural-log probability of each token, under the softmax over the whole vocabulary with padding.
    public var logProbabilities: [Float] = []
    /// Whether each token is the likeliest in the vocabulary with padding.
    public var isLikeliest: [Bool] = []
    /// The likeliest tokens in the place of each token; `nil` unless asked for.
    public var top: TopTokens?

    public init() {}
}
