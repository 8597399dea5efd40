package import Checkpoints
internal import Kernels

/// A whole model as plain loops in float64, token by token where the papers say so. Tests compare `LanguageModel` with
/// it.
///
/// It is slow, and easy to check against the papers. It has the same weights, but no blocks, no OpenBLAS and no leaf
/// loops.
package struct ReferenceModel {
    /// The recurrent state of a sequence.
    package struct State {
        fileprivate(set) var layers: [ReferenceState]

        /// The tensors in the order and layout of `RecurrentState.tensors`.
        package var tensors: [[Double]] { layers.flatMap(\.parts) }
    }

    private struct Layer {
        var norm: [Double]
        var mixer: any ReferenceMixer
    }

    package let configuration: ModelConfiguration
    private let embedding: [Double]
    private let layers: [Layer]
    private let lastNorm: [Double]

    /// - Throws: `ModelError` when a tensor is missing or misshapen.
    package init(configuration: ModelConfiguration, source: any TensorSource) throws(ModelError) {
        let (c, width) = (configuration, configuration.hiddenSize)
        self.configuration = c
        var weights = WeightReader(source)
        embedding = try weights.matrix("backbone.embeddings.weight", c.paddedVocabularySize, width).doubles
        var layers: [Layer] = []
        for (index, layer) in c.layers.enumerated() {
            let prefix = "backbone.layers.\(index)."
            let norm = try weights.vector(prefix + "norm.weight", width).doubles
            let mixer = try layer.builder.reference(of: c, prefix: prefix + "mixer.", from: &weights)
            layers.append(Layer(norm: norm, mixer: mixer))
        }
        self.layers = layers
        lastNorm = try weights.vector("backbone.norm_f.weight", width).doubles
    }

    /// The recurrent state before the first token.
    package func emptyState() -> State {
        State(layers: layers.map(\.mixer.emptyState))
    }

    /// Reads tokens of a sequence.
    ///
    /// - Returns: the hidden rows of the tokens, [tokens, d_model].
    package func read(_ tokens: ArraySlice<Int32>, from state: inout State) -> [Double] {
        let width = configuration.hiddenSize
        let epsilon = Double(configuration.epsilon)
        var residual = tokens.flatMap { embedding[Int($0) * width..<(Int($0) + 1) * width] }
        for (index, layer) in layers.enumerated() {
            let normed = Reference.rootMeanSquareNorm(residual, weight: layer.norm, epsilon: epsilon)
            let output = layer.mixer.run(normed, rows: tokens.count, state: &state.layers[index])
            for i in residual.indices { residual[i] += output[i] }
        }
        return Reference.rootMeanSquareNorm(residual, weight: lastNorm, epsilon: epsilon)
    }
}
