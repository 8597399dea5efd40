internal import Jobs

/// The running score of a document.
///
/// With a window the state is reset every `windowTokens` tokens, as in perplexity over windows that do not overlap; the
/// first token of each window then has nothing before it and is not scored, as the first of a document is not.
struct Scoring: Sendable, Equatable {
    let options: ScoreOptions
    /// The likeliest tokens that are named in the place of each.
    let topCount: Int
    /// Ids from here on are padding and not named.
    let vocabularySize: Int
    /// Minus the sum of the scores, in float64, added token by token.
    var negativeLogLikelihood = 0.0
    /// Scores in that sum.
    var scoredTokens = 0

    init(_ options: ScoreOptions, topCount: Int = 0, vocabularySize: Int = .max) {
        precondition(options.windowTokens.map { $0 > 0 } ?? true, "a window without tokens")
        self.options = options
        self.topCount = topCount
        self.vocabularySize = vocabularySize
    }

    /// What scores of tokens from `position` on are added to.
    func noScores(at position: Int) -> PassOutput.Scores {
        var scores = PassOutput.Scores(tokens: position..<position)
        if topCount > 0 { scores.top = TopTokens(count: topCount) }
        return scores
    }

    /// What tokens are read for.
    var wanted: Piece.Wanted { .scores(ScoreRequest(topCount: topCount, namedVocabularySize: vocabularySize)) }

    /// Takes in the scores of the next tokens.
    mutating func add(_ found: PieceScores, of tokens: Int, into scores: inout PassOutput.Scores) {
        // The first of a document or window has none.
        if found.logProbabilities.count < tokens {
            scores.logProbabilities.append(.nan)
            if options.logprobs { scores.isLikeliest.append(false) }
            scores.top?.appendNone()
        }
        scores.logProbabilities += found.logProbabilities
        if options.logprobs { scores.isLikeliest += found.isLikeliest }
        if let top = found.top { scores.top?.append(top) }
        for logProbability in found.logProbabilities { negativeLogLikelihood -= Double(logProbability) }
        scoredTokens += found.logProbabilities.count
        scores.tokens = scores.tokens.lowerBound..<scores.tokens.upperBound + tokens
    }
}
