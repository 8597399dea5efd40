/// The sizes of a mixer, and what follows from them: tensors, state, costs.
package protocol MixerConfiguration: Sendable {
    /// Its sizes by their names in the papers: `d_inner`, `d_state`, `conv_kernel`, as far as it has them.
    var sizes: [String: Int] { get }
    /// Columns that its first product gives.
    var inputProjectionColumns: Int { get }

    /// Its tensors in a checkpoint, with the names that transformers writes after `mixer.`, and their shapes.
    func tensorShapes(hiddenSize: Int) -> [(name: String, shape: [Int])]

    /// What it carries from token to token, in the order of snapshots.
    ///
    /// - Parameter tokens: that were read since the state was empty. At 0 all elements are 0.
    func stateParts(afterTokens tokens: Int) -> [StatePart]

    /// What one token costs at least.
    func tokenCost(hiddenSize: Int) -> ModelConfiguration.TokenCost

    /// Sets the keys of a transformers `config.json` that describe it.
    func write(to keys: inout HuggingFaceKeys)
}

/// A part of what a layer carries: a name and a shape.
package struct StatePart: Sendable, Equatable {
    /// The name in transformers' cache, if it has one there.
    package var name: String
    package var shape: [Int]

    init(_ name: String, _ shape: [Int]) {
        self.name = name
        self.shape = shape
    }

    package var elementCount: Int { shape.reduce(1, *) }
}
