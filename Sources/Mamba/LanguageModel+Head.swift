public import Kernels

/// How likely given tokens were.
public struct TokenScores: Sendable, Equatable {
    /// ln p of each token, under the softmax over every row of the head, padding included.
    public var logProbabilities: [Float] = []
    /// Whether each token is the one of the largest logit, padding included: as `lm_eval` finds it, with the argmax of
    /// all logits that `mamba_ssm` and transformers return (`lm_eval/models/huggingface.py`, `_loglikelihood_tokens`,
    /// which `mamba_lm.py` inherits).
    public var isLikeliest: [Bool] = []
    /// The likeliest tokens in the place of each; `nil` unless asked for.
    public var top: LikeliestTokens?

    public init() {}
}

extension LanguageModel {
    /// How likely `targets` were after rows `firstRow…` of `workspace.hidden`: target i is scored from row `firstRow +
    /// i`.
    ///
    /// The logits are computed in tiles of the vocabulary; rows times the whole vocabulary are never in memory.
    ///
    /// - Parameters:
    ///   - targets: at most 256 tokens below `paddedVocabularySize`.
    ///   - topCount: how many of the likeliest tokens to name in the place of each.
    ///   - vocabularySize: ids from here on are padding, which is not named: it is never sampled.
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

    /// Logits over every row of the head after each of the given rows of `workspace.hidden`, [rows, V]; of each row the
    /// bits that it has alone.
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
    /// Over every row of the head, padding included.
    public var logits: [Float]
    /// ln Σ exp(logit): ln p of a token is its logit minus this.
    public var logSumExp: Double
    /// The token of the largest logit, padding included; the first of equal ones.
    public var likeliest: Int32

    /// Whether no logit is infinite or not a number: else there is nothing to choose from.
    public var isFinite: Bool { logSumExp.isFinite }

    /// ln p of a token.
    public func logProbability(of token: Int32) -> Float { Float(Double(logits[Int(token)]) - logSumExp) }
}

extension LanguageModel {
    /// The distribution of the token after one whose row after the last norm is `row`.
    public func distribution(after row: [Float], in workspace: Workspace) -> NextTokenDistribution {
        var found: NextTokenDistribution?
        forEachDistribution(after: [row], in: workspace) { found = $1 }
        guard let found else { preconditionFailure("no distribution of a row") }
        return found
    }

    /// The distributions of the tokens after those whose rows after the last norm are `rows`, in order, at most 256;
    /// each with the bits that it has alone. One pass over the head computes them.
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

    /// The likeliest tokens of a distribution, one row.
    ///
    /// - Parameter vocabularySize: ids from here on are padding, which is not named.
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
