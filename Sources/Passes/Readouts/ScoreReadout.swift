internal import Checkpoints
internal import Jobs

/// The readout for a score: the running sum of a document.
///
/// With a window the state is reset every `windowTokens` tokens, as in perplexity over windows that do not overlap. The
/// first token of a document or window has no token before it, and so no score.
struct ScoreReadout: Readout {
    let options: ScoreOptions
    /// The number of likeliest tokens to name in the place of each token.
    let topCount: Int
    /// The size of the vocabulary without padding: only smaller ids are named.
    let vocabularySize: Int
    /// The negative sum of the log probabilities, in float64, added token by token.
    var negativeLogLikelihood = 0.0
    /// The number of scores in ``negativeLogLikelihood``.
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
        // The first token of a document or window has no score.
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
