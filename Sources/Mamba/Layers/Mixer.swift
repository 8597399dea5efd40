internal import Kernels

/// What a layer does between its norm and the residual stream, with its weights. Lanes share it.
protocol Mixer: Sendable {
    /// Room for a block inside the mixer. Layers of one configuration share it, one after the other.
    associatedtype Scratch: AnyObject

    func makeScratch() -> Scratch

    /// residual += mixer(normed), for rows of sequences of which each has its piece and its state.
    ///
    /// - Parameters:
    ///   - normed: [rows, d_model].
    ///   - residual: [rows, d_model].
    ///   - states: of each sequence; the layer's parts move on by the rows of its piece.
    ///   - layer: the layer's place in the model.
    func run(
        rows: RowPieces, normed: Matrix, residual: inout Matrix, states: inout [RecurrentState], layer: Int,
        scratch: Scratch, arithmetic: Arithmetic
    )
}

extension Mixer {
    /// Runs on the rows that a workspace holds.
    func run(
        rows: RowPieces, states: inout [RecurrentState], layer: Int, in workspace: Workspace, arithmetic: Arithmetic
    ) {
        guard let scratch = workspace.scratch[layer] as? Scratch else {
            preconditionFailure("workspace of another model")
        }
        run(
            rows: rows, normed: workspace.normed, residual: &workspace.residual, states: &states, layer: layer,
            scratch: scratch, arithmetic: arithmetic)
    }
}
