internal import Checkpoints
public import Kernels

/// The scratch memory for one block on its way through a model, allocated once per lane. Threads must not share it.
public final class Workspace {
    /// The residual stream, [256, hidden].
    var residual: Matrix
    /// The normed input of a layer, [256, hidden].
    var normed: Matrix
    /// The hidden rows, after the last norm, [257, hidden]. Row 0 belongs to the token before the block, rows 1…256 to
    /// the block.
    ///
    /// Scoring needs the row before each token, so these rows are contiguous.
    public internal(set) var hidden: Matrix
    /// A tile of logits, [256, tile].
    var logits: Matrix
    /// The logits of the next tokens of a batch, [batch, V]. The matrix grows with the batch.
    var nextLogits = Matrix(rows: 0, columns: 0)
    var sums: RunningLogSumExp
    /// The scratch memory of each layer's mixer. Layers of equal configuration share one.
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

    /// The hidden row of the block's token at `index`.
    public func hiddenRow(_ index: Int) -> [Float] { hidden.row(index + 1) }

    /// Sets the hidden row before the token at `index`, for scoring a sequence that begins there.
    public func setRow(before index: Int, _ row: [Float]) {
        precondition(row.count == hidden.columns, "a row of \(row.count) for \(hidden.columns)")
        hidden.elements.replace(from: index * hidden.columns, with: FloatBuffer(row), 0..<row.count)
    }

    /// Sets the hidden rows from row 0 on.
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
