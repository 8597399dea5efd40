/// The sizes of a mixer, from which its tensors, its state and its costs follow.
package protocol MixerConfiguration: Sendable {
    /// The sizes by their names in the papers: `d_inner`, `d_state` and `conv_kernel`, if the mixer has them.
    var sizes: [String: Int] { get }
    /// The columns of the input projection.
    var inputProjectionColumns: Int { get }

    /// The mixer's tensors: their shapes, and their names in transformers after `mixer.`.
    func tensorShapes(hiddenSize: Int) -> [(name: String, shape: [Int])]

    /// The parts of the recurrent state, in the order of snapshots.
    ///
    /// - Parameter tokens: the number of tokens read from the empty state. At 0 all elements are 0.
    func stateParts(afterTokens tokens: Int) -> [StatePart]

    /// The least arithmetic for one token.
    func tokenCost(hiddenSize: Int) -> ModelConfiguration.TokenCost

    /// Sets the keys of a transformers `config.json` that describe the mixer.
    func write(to keys: inout HuggingFaceKeys)
}

/// A part of a layer's recurrent state.
package struct StatePart: Sendable, Equatable {
    /// The name in the cache of transformers, if the cache has this part.
    package var name: String
    package var shape: [Int]

    init(_ name: String, _ shape: [Int]) {
        self.name = name
        self.shape = shape
    }

    package var elementCount: Int { shape.reduce(1, *) }
}
