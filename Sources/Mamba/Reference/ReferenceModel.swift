internal import Kernels

/// A whole model as plain loops in float64, token by token where the papers say so: what `LanguageModel` is compared
/// with.
///
/// Slow, and easy to check against the papers. The same weights, other code: neither blocks, nor OpenBLAS, nor the leaf
/// loops.
package struct ReferenceModel {
    /// What a sequence carries.
    package struct State {
        fileprivate(set) var layers: [ReferenceState]

        /// In the order and layout of `RecurrentState.tensors`.
        package var tensors: [[Double]] { layers.flatMap { [$0.history, $0.scan] } }
    }

    private struct Layer {
        var norm: [Double]
        var mixer: any ReferenceMixer
    }

    package let configuration: ModelConfiguration
    private let embedding: [Double]
    private let layers: [Layer]
    private let lastNorm: [Double]

    /// - Throws: `ModelError` for a tensor that is missing or misshapen.
    package init(configuration: ModelConfiguration, source: any TensorSource) throws(ModelError) {
        let (c, width) = (configuration, configuration.hiddenSize)
        self.configuration = c
        var weights = WeightReader(source)
        embedding = try weights.matrix("backbone.embeddings.weight", c.paddedVocabularySize, width).doubles
        var layers: [Layer] = []
        for index in 0..<c.layers {
            let prefix = "backbone.layers.\(index)."
            let norm = try weights.vector(prefix + "norm.weight", width).doubles
            let mixer: any ReferenceMixer =
                switch c.mixer {
                case .mamba1(let sizes):
                    try ReferenceMamba1(sizes, hiddenSize: width, prefix + "mixer.", &weights)
                case .mamba2(let sizes):
                    try ReferenceMamba2(sizes, hiddenSize: width, epsilon: c.epsilon, prefix + "mixer.", &weights)
                }
            layers.append(Layer(norm: norm, mixer: mixer))
        }
        self.layers = layers
        lastNorm = try weights.vector("backbone.norm_f.weight", width).doubles
    }

    /// The state of a sequence of which nothing was read.
    package func emptyState() -> State {
        State(layers: layers.map(\.mixer.emptyState))
    }

    /// Reads tokens of a sequence.
    ///
    /// - Returns: their rows after the last norm, [tokens, d_model].
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

/// What one layer carries.
struct ReferenceState {
    /// [kernel - 1, channels of the convolution], oldest first.
    var history: [Double]
    /// [states, channels of the scan]
    var scan: [Double]

    /// Nothing was read.
    init(history: Int, scan: Int) {
        self.history = Array(repeating: 0, count: history)
        self.scan = Array(repeating: 0, count: scan)
    }
}

/// A layer's mixer: [rows, d_model] to [rows, d_model].
protocol ReferenceMixer: Sendable {
    var emptyState: ReferenceState { get }
    func run(_ normed: [Double], rows: Int, state: inout ReferenceState) -> [Double]
}

/// A linear layer.
struct ReferenceProjection: Sendable {
    private let weight: [Double]
    private let bias: [Double]?
    private let columns: Int
    private let inner: Int

    init(
        _ name: String, _ columns: Int, _ inner: Int, hasBias: Bool = false, _ weights: inout WeightReader
    ) throws(ModelError) {
        weight = try weights.matrix(name + ".weight", columns, inner).doubles
        bias = hasBias ? try weights.vector(name + ".bias", columns).doubles : nil
        (self.columns, self.inner) = (columns, inner)
    }

    func callAsFunction(_ input: [Double], rows: Int) -> [Double] {
        var output = Reference.product(input, weight, rows: rows, columns: columns, inner: inner)
        if let bias { for i in output.indices { output[i] += bias[i % columns] } }
        return output
    }
}

extension [Double] {
    /// Some columns of a row-major matrix.
    func columns(_ range: Range<Int>, of width: Int) -> [Double] {
        stride(from: 0, to: count, by: width).flatMap { self[$0 + range.lowerBound..<$0 + range.upperBound] }
    }
}

extension FloatBuffer {
    var doubles: [Double] { array.map(Double.init) }
}

extension Matrix {
    fileprivate var doubles: [Double] { elements.doubles }
}
