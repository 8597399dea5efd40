internal import Checkpoints
public import Kernels

/// Scratch memory for one block on its way through a model, allocated once per lane. Not shared between threads.
public final class Workspace {
    /// The residual stream, [256, hidden].
    var residual: Matrix
    /// A layer's normed input, [256, hidden].
    var normed: Matrix
    /// Row 0: the row before the block; rows 1…256: the block's rows after the last norm. [257, hidden].
    ///
    /// Scoring a block's tokens needs the row before each of them, and these lie side by side here.
    public internal(set) var hidden: Matrix
    /// A tile of logits, [256, tile].
    var logits: Matrix
    /// Logits of the next tokens of a batch, [batch, V]; grows with the batch.
    var nextLogits = Matrix(rows: 0, columns: 0)
    var sums: RunningLogSumExp
    /// Room inside each layer's mixer. Layers of equal configuration share one.
    let scratch: [AnyObject]

    init(configuration: ModelConfiguration, scratch: [AnyObject]) {
        let rows = LanguageModel.blockTokens
        residual = Matrix(rows: rows, columns: configuration.hiddenSize)
        normed = Matrix(rows: rows, columns: configuration.hiddenSize)
        hidden = Matrix(rows: rows + 1, columns: configuration.hiddenSize)
        let tile = min(LanguageModel.vocabularyTile, configuration.paddedVocabularySize)
        logits = Matrix(rows: rows, columns: tile)
        sums = RunningLogSumExp(rows: rows)
        self.scratch = scratch
    }

    /// The row after the last norm of the block's token at `index`.
    public func hiddenRow(_ index: Int) -> [Float] { hidden.row(index + 1) }

    /// Sets the row before that of the token at `index`, for scoring a sequence that begins there.
    public func setRow(before index: Int, _ row: [Float]) {
        precondition(row.count == hidden.columns, "a row of \(row.count) for \(hidden.columns)")
        hidden.elements.replace(from: index * hidden.columns, with: FloatBuffer(row), 0..<row.count)
    }

    /// Sets the rows from row 0 on.
    func setFirstRows(_ rows: [[Float]]) {
        precondition(rows.count < hidden.rows, "\(rows.count) rows of \(hidden.rows)")
        for (index, row) in rows.enumerated() {
            precondition(row.count == hidden.columns, "a row of \(row.count) for \(hidden.columns)")
            hidden.elements.replace(from: index * hidden.columns, with: FloatBuffer(row), 0..<row.count)
        }
    }

    func makeRoom(forNextTokensOf batch: Int, vocabulary: Int) {
        guard nextLogits.rows < batch else { return }
        nextLogits = Matrix(rows: batch, columns: vocabulary)
    }
}
