internal import Kernels

/// The sizes of a mixer, and everything that follows from them: tensors, state, costs, and the mixer itself.
protocol MixerConfiguration: Sendable {
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

    /// The mixer with its weights.
    ///
    /// - Parameters:
    ///   - model: that the layer belongs to.
    ///   - prefix: of the tensors' names.
    /// - Throws: `ModelError` that names a tensor which is missing or misshapen.
    func mixer(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) -> any Mixer

    /// The mixer as plain loops, with the same weights.
    ///
    /// - Throws: `ModelError` that names a tensor which is missing or misshapen.
    func reference(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader
    ) throws(ModelError) -> any ReferenceMixer

    /// Sets the keys of a transformers `config.json` that describe it.
    func write(to keys: inout HuggingFaceKeys)
}

/// A part of what a layer carries: a name and a shape.
struct StatePart: Sendable, Equatable {
    /// The name in transformers' cache, if it has one there.
    var name: String
    var shape: [Int]

    init(_ name: String, _ shape: [Int]) {
        self.name = name
        self.shape = shape
    }

    var elementCount: Int { shape.reduce(1, *) }
}
