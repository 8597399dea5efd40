public import Kernels

/// The scores of given tokens.
public struct TokenScores: Sendable, Equatable {
    /// The ln p of each token, under the softmax over all rows of the head, padding included.
    public var logProbabilities: [Float] = []
    /// Whether each token has the largest logit, padding included. `lm_eval` finds it in the same way, with the argmax
    /// of all logits of `mamba_ssm` and transformers (`lm_eval/models/huggingface.py`, `_loglikelihood_tokens`, which
    /// `mamba_lm.py` inherits).
    public var isLikeliest: [Bool] = []
    /// The likeliest tokens in the place of each token; `nil` unless asked for.
    public var top: LikeliestTokens?

    public init() {}
}

extension LanguageModel {
    /// The scores of `targets` after the hidden rows `firstRow…` of `workspace.hidden`. Target i is scored from row
    /// `firstRow + i`.
    ///
    /// The logits are computed in tiles of the vocabulary, so that logits of all rows and tokens are never in memory.
    ///
    /// - Parameters:
    ///   - targets: at most 256 tokens below `paddedVocabularySize`.
    ///   - topCount: the number of likeliest tokens to name in the place of each target.
    ///   - vocabularySize: the number of token ids in use. Larger ids are padding and are not named.
    public func scores(
        of targets: ArraySlice<Int32>, fromRow firstRow: Int, topCount: Int = 0, vocabularySize: Int = .max,
        in workspace: Workspace
    ) -> TokenScores {
        let rows = targets.count
        var scores = TokenScores()
        if topCount > 0 { scores.top = LikeliestTokens(count: topCount) }
        guard rows > 0 else { return scores }
        var largest = topCount > 0 ? RunningLargest(topCount, rows: rows) : nil
        var targetLogits = [Float](repeating: 0, count: rows)
        workspace.sums.reset(rows: rows)
        let head = head.packed
        for (part, first) in stride(from: 0, to: head.rows, by: head.partRows).enumerated() {
            let tile = first..<min(first + head.partRows, head.rows)
            arithmetic.multiply(
                workspace.hidden.view(fromRow: firstRow), rows: RowPieces(rows: rows), by: head, part: part,
                into: &workspace.logits)
            workspace.sums.add(
                workspace.logits, rows: rows, columns: tile.count, first: first, using: arithmetic)
            if first < vocabularySize {
                largest?.add(
                    workspace.logits, rows: rows, columns: min(tile.upperBound, vocabularySize) - first, first: first,
                    using: arithmetic)
            }
            for (row, target) in targets.enumerated() where tile.contains(Int(target)) {
                targetLogits[row] = workspace.logits.elements[row * workspace.logits.columns + Int(target) - first]
            }
        }
        for (row, target) in targets.enumerated() {
            let logSumExp = workspace.sums.value(ofRow: row)
            scores.logProbabilities.append(Float(Double(targetLogits[row]) - logSumExp))
            scores.isLikeliest.append(workspace.sums.position(ofRow: row) == target)
            if let largest { scores.top?.append(row: row, of: largest, logSumExp: logSumExp) }
        }
        return scores
    }

    /// The logits over all rows of the head after the given rows of `workspace.hidden`, [rows, V]. The bits of a row do
    /// not depend on the other rows.
    public func logits(rows: Range<Int>, in workspace: Workspace) -> Matrix {
        var result = Matrix(rows: rows.count, columns: head.rows)
        arithmetic.multiply(
            workspace.hidden.view(fromRow: rows.lowerBound),
            rows: RowPieces(counts: Array(repeating: 1, count: rows.count)), by: head.packed, into: &result)
        return result
    }
}

/// The model's distribution of the next token.
public struct NextTokenDistribution: Sendable {
    /// The logits over all rows of the head, padding included.
    public var logits: [Float]
    /// The ln Σ exp(logit). The ln p of a token is its logit minus this.
    public var logSumExp: Double
    /// The token with the largest logit, padding included; the first of equal ones.
    public var likeliest: Int32

    /// Whether all logits are finite. Without that no token can be chosen.
    public var isFinite: Bool { logSumExp.isFinite }

    /// The ln p of a token.
    public func logProbability(of token: Int32) -> Float { Float(Double(logits[Int(token)]) - logSumExp) }
}

extension LanguageModel {
    /// The distribution of the token after the hidden row `row`.
    public func distribution(after row: [Float], in workspace: Workspace) -> NextTokenDistribution {
        var found: NextTokenDistribution?
        forEachDistribution(after: [row], in: workspace) { found = $1 }
        guard let found else { preconditionFailure("no distribution of a row") }
        return found
    }

    /// The distributions of the tokens after the hidden rows `rows`, in order, at most 256. One pass over the head
    /// computes them. The bits of each do not depend on the others.
    public func forEachDistribution(
        after rows: [[Float]], in workspace: Workspace, _ take: (Int, NextTokenDistribution) -> Void
    ) {
        workspace.setFirstRows(rows)
        workspace.makeRoom(forNextTokensOf: rows.count, vocabulary: head.rows)
        arithmetic.multiply(
            workspace.hidden.view(), rows: RowPieces(counts: rows.map { _ in 1 }), by: head.packed,
            into: &workspace.nextLogits
        )
        workspace.sums.reset(rows: rows.count)
        workspace.sums.add(
            workspace.nextLogits, rows: rows.count, columns: head.rows, first: 0, using: arithmetic)
        for row in rows.indices {
            take(
                row,
                NextTokenDistribution(
                    logits: workspace.nextLogits.row(row), logSumExp: workspace.sums.value(ofRow: row),
                    likeliest: workspace.sums.position(ofRow: row)))
        }
    }

    /// The likeliest tokens of a distribution, in one row.
    ///
    /// - Parameter vocabularySize: the number of token ids in use. Larger ids are padding and are not named.
    public func likeliest(
        _ count: Int, of distribution: NextTokenDistribution, vocabularySize: Int
    ) -> LikeliestTokens {
        let logits = Matrix(FloatBuffer(distribution.logits), rows: 1, columns: distribution.logits.count)
        var largest = RunningLargest(count, rows: 1)
        largest.add(logits, rows: 1, columns: min(logits.columns, vocabularySize), first: 0, using: arithmetic)
        var likeliest = LikeliestTokens(count: count)
        likeliest.append(row: 0, of: largest, logSumExp: distribution.logSumExp)
        return likeliest
    }
}
