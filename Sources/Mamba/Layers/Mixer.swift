internal import Kernels

/// The part of a layer between its norm and the residual stream, with its weights. Lanes share it.
protocol Mixer: Sendable {
    /// The scratch memory of the mixer for one block. Layers of one configuration share it, one after the other.
    associatedtype Scratch: AnyObject

    func makeScratch() -> Scratch

    /// Adds mixer(normed) to the residual stream, for the rows of several sequences. Each sequence has its piece of the
    /// rows and its state.
    ///
    /// - Parameters:
    ///   - normed: [rows, d_model].
    ///   - residual: [rows, d_model].
    ///   - states: the state of each sequence. The layer's parts move on by the rows of the sequence's piece.
    ///   - layer: the layer's place in the model.
    func run(
        rows: RowPieces, normed: Matrix, residual: inout Matrix, states: inout [RecurrentState], layer: Int,
        scratch: Scratch, arithmetic: Arithmetic
    )
}

extension Mixer {
    /// Runs on the rows in a workspace.
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
