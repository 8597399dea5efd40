internal import Jobs
internal import Kernels
internal import Mamba
internal import Passes

/// The scratch memory of one thread for a model.
final class CPULane: EngineLane {
    private let language: LanguageModel
    private let workspace: Workspace

    init(_ language: LanguageModel) {
        self.language = language
        workspace = language.makeWorkspace()
    }

    // MARK: - Reading

    func read(_ pieces: [Piece]) -> [PieceOutput] {
        // The states are moved out, not copied, so that they change in place.
        var states = pieces.map { Self.own($0.state).take() }
        language.readBlocks(pieces.map(\.tokens), from: &states, in: workspace)
        var row = 0
        return pieces.indices.map { index in
            let piece = pieces[index]
            let state = Self.own(piece.state)
            var output = PieceOutput(isFinite: true)
            switch piece.wanted {
            case .nothing: break
            case .sums(let sums): output.sums = self.sums(sums, rows: piece.tokens.count, atRow: row)
            case .rows(let places): output.rows = places.map { workspace.hiddenRow(row + $0) }
            case .scores(let request):
                output.scores = scores(of: piece.tokens, request, after: state.lastRow, atRow: row)
            }
            row += piece.tokens.count
            let last = workspace.hiddenRow(row - 1)
            output.isFinite = last.allSatisfy(\.isFinite)
            state.put(states[index].moved(), lastRow: last)
            return output
        }
    }

    /// The sums of rows, added row by row, so that the cuts of pieces do not matter.
    private func sums(_ sums: RowSums, rows: Int, atRow first: Int) -> [[Double]] {
        var (running, ended): ([Double], [[Double]]) = (sums.running, [])
        var start = 0
        for end in sums.ends + [rows] {
            if start > 0 { running = Array(repeating: 0, count: running.count) }
            if end > start {
                let view = workspace.hidden.view(fromRow: 1 + first + start)
                language.arithmetic.add(view, rows: end - start, to: &running)
            }
            ended.append(running)
            start = end
        }
        return ended
    }

    /// The scores of tokens. Each comes from the row before its token. One product always has the same rows, whatever
    /// the pieces.
    private func scores(
        of tokens: ArraySlice<Int32>, _ request: ScoreRequest, after preceding: [Float]?, atRow row: Int
    ) -> PieceScores {
        // The row before is free: it held the last row of another document, whose output was taken.
        if let preceding { workspace.setRow(before: row, preceding) }
        let found = language.scores(
            of: preceding == nil ? tokens.dropFirst() : tokens, fromRow: preceding == nil ? row + 1 : row,
            topCount: request.topCount, vocabularySize: request.namedVocabularySize, in: workspace)
        var scores = PieceScores()
        scores.logProbabilities = found.logProbabilities
        scores.isLikeliest = found.isLikeliest
        scores.top = found.top.map { TopTokens($0) }
        return scores
    }

    // MARK: - Choosing

    func nextTokens(_ choices: [TokenChoice]) -> [ChosenToken?] {
        let rows = choices.map { choice in
            guard let row = Self.own(choice.state).lastRow else { preconditionFailure("a token after none") }
            return row
        }
        var chosen: [ChosenToken?] = []
        chosen.reserveCapacity(choices.count)
        language.forEachDistribution(after: rows, in: workspace) { index, distribution in
            chosen.append(distribution.isFinite ? choose(choices[index], from: distribution) : nil)
        }
        return chosen
    }

    private func choose(_ choice: TokenChoice, from distribution: NextTokenDistribution) -> ChosenToken {
        let sampler = Sampler(
            choice.options, vocabularySize: choice.vocabularySize, arithmetic: language.arithmetic)
        let token: Int32
        if sampler.takesLargestLogit, distribution.likeliest < choice.vocabularySize {
            token = distribution.likeliest
        } else {
            token = sampler.token(logits: distribution.logits, isSeen: choice.isSeen, uniform: choice.uniform)
        }
        let topCount = choice.options.topLogprobs
        let top =
            topCount > 0
            ? language.likeliest(topCount, of: distribution, vocabularySize: choice.vocabularySize) : nil
        return ChosenToken(
            token: token, logProbability: distribution.logProbability(of: token), top: top.map { TopTokens($0) })
    }

    private static func own(_ state: any EngineState) -> CPUState {
        guard let own = state as? CPUState else { preconditionFailure("a state of another engine") }
        return own
    }
}

extension TopTokens {
    fileprivate init(_ likeliest: LikeliestTokens) {
        self.init(count: likeliest.count, tokens: likeliest.tokens, logProbabilities: likeliest.logProbabilities)
    }
}
