internal import Checkpoints
internal import Kernels

/// The Mamba-2 mixer: one projection for gate, X, B, C and step, convolution, state-space duality, gated norm,
/// projection.
///
/// Dao and Gu, 2024, arXiv:2405.21060, section 7 and figure 6 (sequential and parallel block). Letters and shapes: see
/// `LanguageModel`.
struct Mamba2Mixer: Mixer {
    let configuration: Mamba2Configuration
    /// The weight of the input projection, [2·d_inner + 2·groups·d_state + heads, d_model]: z, X, B, C, step.
    let inProjection: DeferredWeight
    let inBias: FloatBuffer?
    /// The weight of the convolution, [kernel, d_inner + 2·groups·d_state].
    let convolution: Matrix
    let convolutionBias: FloatBuffer?
    let heads: HeadParameters
    /// The weight of the gated norm, [d_inner].
    let norm: FloatBuffer
    let epsilon: Float
    /// The weight of the output projection, [d_model, d_inner].
    let outProjection: DeferredWeight
    let outBias: FloatBuffer?

    init(
        _ configuration: Mamba2Configuration, hiddenSize: Int, epsilon: Float, prefix: String,
        from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) {
        let c = configuration
        self.configuration = c
        self.epsilon = epsilon
        inProjection = try weights.linear(
            prefix + "in_proj.weight", c.inputProjectionColumns, hiddenSize, for: arithmetic)
        inBias = c.hasBias ? try weights.vector(prefix + "in_proj.bias", c.inputProjectionColumns) : nil
        convolution = try weights.convolution(
            prefix + "conv1d.weight", channels: c.convolutionChannels, kernel: c.kernel)
        convolutionBias =
            c.hasConvolutionBias ? try weights.vector(prefix + "conv1d.bias", c.convolutionChannels) : nil
        heads = HeadParameters(
            a: try weights.vector(prefix + "A_log", c.heads).array.map(negatedExponential),
            skip: try weights.vector(prefix + "D", c.heads),
            stepBias: try weights.vector(prefix + "dt_bias", c.heads),
            headChannels: c.headChannels, groups: c.groups, states: c.states, stepLimit: c.stepLimit)
        norm = try weights.vector(prefix + "norm.weight", c.channels)
        outProjection = try weights.linear(prefix + "out_proj.weight", hiddenSize, c.channels, for: arithmetic)
        outBias = c.hasBias ? try weights.vector(prefix + "out_proj.bias", hiddenSize) : nil
    }

    func makeScratch() -> Mamba2Scratch { Mamba2Scratch(configuration, heads: heads) }

    func run(
        rows: RowPieces, normed: Matrix, residual: inout Matrix, states: inout [RecurrentState], layer: Int,
        scratch s: Mamba2Scratch, arithmetic: Arithmetic
    ) {
        let c = configuration
        let (history, scanned) = (0, 1)  // parts of the state
        let z = 0..<c.channels
        let xbc = c.channels..<c.channels + c.convolutionChannels
        let step = xbc.upperBound..<xbc.upperBound + c.heads
        let x = 0..<c.channels
        let b = c.channels..<c.channels + c.groups * c.states
        let cOut = b.upperBound..<c.convolutionChannels

        arithmetic.multiply(normed.view(), rows: rows, by: inProjection.packed, into: &s.projected)
        if let inBias { arithmetic.add(inBias, rows: rows.rows, to: &s.projected) }
        for (index, piece) in rows.pieces.enumerated() {
            arithmetic.causalConvolution(
                s.projected.view(columns: xbc), rows: piece, weight: convolution, bias: convolutionBias,
                history: &states[index].layers[layer].parts[history].elements,
                into: &s.xbc)  // [rows, d_inner + 2·groups·d_state]
        }
        let inputs = HeadInputs(input: s.xbc.view(columns: x), b: s.xbc.view(columns: b), c: s.xbc.view(columns: cOut))
        for (index, piece) in rows.pieces.enumerated() {
            arithmetic.stateSpaceDuality(
                inputs, steps: s.projected.view(columns: step), rows: piece, parameters: heads,
                state: &states[index].layers[layer].parts[scanned].elements, into: &s.output,
                scratch: &s.duality)  // [rows, d_inner]
        }
        arithmetic.gatedNorm(
            &s.output, rows: rows.rows, gate: s.projected.view(columns: z), weight: norm, groups: c.groups,
            epsilon: epsilon, normBeforeGate: c.normBeforeGate)
        arithmetic.multiply(s.output.view(), rows: rows, by: outProjection.packed, into: &residual, adding: true)
        if let outBias { arithmetic.add(outBias, rows: rows.rows, to: &residual) }
    }
}

/// The scratch memory of a Mamba-2 mixer for one block.
final class Mamba2Scratch {
    /// The columns z, X, B, C and step, [256, 2·d_inner + 2·groups·d_state + heads].
    var projected: Matrix
    /// The columns X, B and C after the convolution, [256, d_inner + 2·groups·d_state].
    var xbc: Matrix
    /// The output y, [256, d_inner].
    var output: Matrix
    var duality: DualityScratch

    init(_ c: Mamba2Configuration, heads: HeadParameters) {
        let rows = LanguageModel.blockTokens
        projected = Matrix(rows: rows, columns: c.inputProjectionColumns)
        xbc = Matrix(rows: rows, columns: c.convolutionChannels)
        output = Matrix(rows: rows, columns: c.channels)
        duality = DualityScratch(rows: rows, parameters: heads)
    }
}

extension Mamba2Configuration: MixerBuilder {
    func mixer(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) -> any Mixer {
        try Mamba2Mixer(
            self, hiddenSize: model.hiddenSize, epsilon: model.epsilon, prefix: prefix, from: &weights,
            for: arithmetic)
    }

    func reference(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader
    ) throws(ModelError) -> any ReferenceMixer {
        try ReferenceMamba2(self, hiddenSize: model.hiddenSize, epsilon: model.epsilon, prefix, &weights)
    }
}
