public import Jobs

/// Tokens of a document that a pass reads, and what is wanted of them.
///
/// They begin where the state is. A piece that begins within a block ends with it at the latest; one that begins with a
/// block may be several.
public struct Piece: Sendable {
    /// What a piece is read for, beside the state after it.
    public enum Wanted: Sendable {
        case nothing
        /// Sums of the tokens' rows after the last norm.
        case sums(RowSums)
        /// The rows of some of the tokens, counted from the piece's first.
        case rows([Int])
        /// How likely each token was after those before it.
        case scores(ScoreRequest)
    }

    public var tokens: ArraySlice<Int32>
    /// Moves on by the tokens.
    public var state: any EngineState
    public var wanted: Wanted

    public init(_ tokens: ArraySlice<Int32>, from state: any EngineState, wanted: Wanted = .nothing) {
        self.tokens = tokens
        self.state = state
        self.wanted = wanted
    }
}

/// How rows are summed.
public struct RowSums: Sendable, Equatable {
    /// The sum of the rows that came before, in float64, one number for each column.
    public var running: [Double]
    /// Numbers of rows of the piece, ascending, after which a sum ends and another begins with 0.
    public var ends: [Int]

    public init(running: [Double], ends: [Int]) {
        self.running = running
        self.ends = ends
    }
}

/// How tokens are scored.
public struct ScoreRequest: Sendable, Equatable {
    /// How many of the likeliest tokens are named in the place of each.
    public var topCount: Int
    /// Ids from here on are padding and not named.
    public var namedVocabularySize: Int

    public init(topCount: Int = 0, namedVocabularySize: Int = .max) {
        self.topCount = topCount
        self.namedVocabularySize = namedVocabularySize
    }
}

/// What a piece gave; what was not wanted of it is empty.
public struct PieceOutput: Sendable, Equatable {
    /// Whether no number of the last token's row is infinite or not a number.
    public var isFinite: Bool
    /// Of ``RowSums``: the sums that ended, and last the one that goes on.
    public var sums: [[Double]] = []
    public var rows: [[Float]] = []
    public var scores = PieceScores()

    public init(isFinite: Bool) {
        self.isFinite = isFinite
    }
}

/// How likely the tokens of a piece were; all but the first of a state's, which nothing came before.
public struct PieceScores: Sendable, Equatable {
    /// ln p of each, under the softmax over the whole vocabulary, padding included.
    public var logProbabilities: [Float] = []
    /// Whether each is the likeliest one, padding included.
    public var isLikeliest: [Bool] = []
    /// The likeliest tokens in the place of each; `nil` unless asked for.
    public var top: TopTokens?

    public init() {}
}
