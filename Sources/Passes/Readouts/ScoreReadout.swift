internal import Checkpoints
internal import Jobs

/// The running score of a document.
///
/// With a window the state is reset every `windowTokens` tokens, as in perplexity over windows that do not overlap; the
/// first token of each window then has nothing before it and is not scored, as the first of a document is not.
struct ScoreReadout: Readout {
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

    var needsHead: Bool { true }
    var stateWindow: Int? { options.windowTokens }

    // MARK: - Reading

    func begin(_ output: inout StepOutput) {
        if topCount > 0 { output.top = TopTokens(count: topCount) }
    }

    func wanted(of count: Int) -> Piece.Wanted {
        .scores(ScoreRequest(topCount: topCount, namedVocabularySize: vocabularySize))
    }

    mutating func take(_ output: PieceOutput, of tokens: ArraySlice<Int32>, into result: inout StepOutput) {
        let found = output.scores
        // The first of a document or window has none.
        if found.logProbabilities.count < tokens.count {
            result.tokenLogProbabilities.append(.nan)
            if options.logprobs { result.isLikeliest.append(false) }
            result.top?.appendNone()
        }
        result.tokenLogProbabilities += found.logProbabilities
        if options.logprobs { result.isLikeliest += found.isLikeliest }
        if let top = found.top { result.top?.append(top) }
        for logProbability in found.logProbabilities { negativeLogLikelihood -= Double(logProbability) }
        scoredTokens += found.logProbabilities.count
    }

    func end(_ output: inout StepOutput, isLast: Bool, after state: StateSlot) {
        output.negativeLogLikelihood = negativeLogLikelihood
        output.scoredTokens = scoredTokens
    }

    // MARK: - Snapshots

    func carried(with prompt: ExportedState?) -> [CarriedTensor] {
        [
            CarriedTensor(name: "score.counts", integers: [scoredTokens]),
            CarriedTensor(name: "score.nll", values: .float64([negativeLogLikelihood])),
        ]
    }

    mutating func restore(
        from reader: inout CarriedReader, at stand: PassStand, of shape: ModelShape
    ) throws(SnapshotError) {
        scoredTokens = try reader.integers("score.counts", count: 1)[0]
        // The first token of the document, or of each window, has no score.
        guard scoredTokens == stand.next - options.windows.count(ofTokens: stand.next) else {
            throw SnapshotError.malformed(reason: "\(scoredTokens) of \(stand.next) tokens were scored")
        }
        negativeLogLikelihood = try reader.doubles("score.nll", count: 1)[0]
    }
}
