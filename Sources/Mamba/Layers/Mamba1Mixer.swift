internal import Checkpoints
internal import Kernels

/// The Mamba-1 mixer: projection, convolution, input-dependent step, B and C, selective scan, gate, projection.
///
/// Gu and Dao, 2023, arXiv:2312.00752, section 3.4 and figure 3. With `mixerNormEpsilon` it is Falcon-Mamba's (Zuo et
/// al., 2024, arXiv:2410.05355), which norms step, B and C. Letters and shapes: see `LanguageModel`.
struct Mamba1Mixer: Mixer {
    let configuration: Mamba1Configuration
    /// The weight of the input projection, [2·d_inner, d_model]: x above z.
    let inProjection: DeferredWeight
    let inBias: FloatBuffer?
    /// The weight of the convolution, [kernel, d_inner].
    let convolution: Matrix
    let convolutionBias: FloatBuffer?
    /// The weight of the projection to step, B and C, [dt_rank + 2·d_state, d_inner].
    let scanProjection: DeferredWeight
    /// The weight of the step's projection, [d_inner, dt_rank].
    let stepProjection: DeferredWeight
    let scan: ScanParameters
    /// The weight of the output projection, [d_model, d_inner].
    let outProjection: DeferredWeight
    let outBias: FloatBuffer?

    init(
        _ configuration: Mamba1Configuration, hiddenSize: Int, prefix: String, from weights: inout WeightReader,
        for arithmetic: Arithmetic
    ) throws(ModelError) {
        let c = configuration
        self.configuration = c
        inProjection = try weights.linear(prefix + "in_proj.weight", 2 * c.channels, hiddenSize, for: arithmetic)
        inBias = c.hasBias ? try weights.vector(prefix + "in_proj.bias", 2 * c.channels) : nil
        convolution = try weights.convolution(prefix + "conv1d.weight", channels: c.channels, kernel: c.kernel)
        convolutionBias = c.hasConvolutionBias ? try weights.vector(prefix + "conv1d.bias", c.channels) : nil
        scanProjection = try weights.linear(
            prefix + "x_proj.weight", c.stepRank + 2 * c.states, c.channels, for: arithmetic)
        stepProjection = try weights.linear(prefix + "dt_proj.weight", c.channels, c.stepRank, for: arithmetic)
        let aLog = try weights.matrix(prefix + "A_log", c.channels, c.states)
        let a = Matrix(FloatBuffer(aLog.elements.array.map(negatedExponential)), rows: c.channels, columns: c.states)
        scan = ScanParameters(
            a: a, skip: try weights.vector(prefix + "D", c.channels),
            stepBias: try weights.vector(prefix + "dt_proj.bias", c.channels))
        outProjection = try weights.linear(prefix + "out_proj.weight", hiddenSize, c.channels, for: arithmetic)
        outBias = c.hasBias ? try weights.vector(prefix + "out_proj.bias", hiddenSize) : nil
    }

    func makeScratch() -> Mamba1Scratch { Mamba1Scratch(configuration) }

    func run(
        rows: RowPieces, normed: Matrix, residual: inout Matrix, states: inout [RecurrentState], layer: Int,
        scratch s: Mamba1Scratch, arithmetic: Arithmetic
    ) {
        let c = configuration
        let (history, scanned) = (0, 1)  // parts of the state
        let (x, z) = (0..<c.channels, c.channels..<2 * c.channels)
        let step = 0..<c.stepRank
        let b = c.stepRank..<c.stepRank + c.states
        let cOut = b.upperBound..<b.upperBound + c.states

        arithmetic.multiply(normed.view(), rows: rows, by: inProjection.packed, into: &s.xz)  // [rows, 2·d_inner]
        if let inBias { arithmetic.add(inBias, rows: rows.rows, to: &s.xz) }
        for (index, piece) in rows.pieces.enumerated() {
            arithmetic.causalConvolution(
                s.xz.view(columns: x), rows: piece, weight: convolution, bias: convolutionBias,
                history: &states[index].layers[layer].parts[history].elements, into: &s.u)  // [rows, d_inner]
        }
        // [rows, dt_rank + 2·d_state]
        arithmetic.multiply(s.u.view(), rows: rows, by: scanProjection.packed, into: &s.stepBC)
        if let epsilon = c.mixerNormEpsilon {
            for columns in [step, b, cOut] {
                arithmetic.normalizeRootMeanSquare(columns: columns, rows: rows.rows, epsilon: epsilon, of: &s.stepBC)
            }
        }
        // The steps of all channels, [rows, d_inner].
        arithmetic.multiply(s.stepBC.view(columns: step), rows: rows, by: stepProjection.packed, into: &s.steps)
        let inputs = ScanInputs(
            input: s.u.view(), b: s.stepBC.view(columns: b), c: s.stepBC.view(columns: cOut),
            gate: s.xz.view(columns: z))
        for (index, piece) in rows.pieces.enumerated() {
            arithmetic.selectiveScan(
                steps: &s.steps, inputs, rows: piece, parameters: scan,
                state: &states[index].layers[layer].parts[scanned].elements)
        }
        arithmetic.multiply(s.steps.view(), rows: rows, by: outProjection.packed, into: &residual, adding: true)
        if let outBias { arithmetic.add(outBias, rows: rows.rows, to: &residual) }
    }
}

/// The scratch memory of a Mamba-1 mixer for one block.
final class Mamba1Scratch {
    /// The columns x and z, [256, 2·d_inner].
    var xz: Matrix
    /// The scan's input u, [256, d_inner].
    var u: Matrix
    /// The step before its projection, B and C, [256, dt_rank + 2·d_state].
    var stepBC: Matrix
    /// The steps, then the scan's output, [256, d_inner].
    var steps: Matrix

    init(_ c: Mamba1Configuration) {
        let rows = LanguageModel.blockTokens
        xz = Matrix(rows: rows, columns: 2 * c.channels)
        u = Matrix(rows: rows, columns: c.channels)
        stepBC = Matrix(rows: rows, columns: c.stepRank + 2 * c.states)
        steps = Matrix(rows: rows, columns: c.channels)
    }
}

/// The number -eˣ, which is A when x is its stored logarithm.
func negatedExponential(_ logarithm: Float) -> Float {
    Float(-exponential(Double(logarithm)))
}

extension Mamba1Configuration: MixerBuilder {
    func mixer(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader, for arithmetic: Arithmetic
    ) throws(ModelError) -> any Mixer {
        try Mamba1Mixer(self, hiddenSize: model.hiddenSize, prefix: prefix, from: &weights, for: arithmetic)
    }

    func reference(
        of model: ModelConfiguration, prefix: String, from weights: inout WeightReader
    ) throws(ModelError) -> any ReferenceMixer {
        try ReferenceMamba1(self, hiddenSize: model.hiddenSize, prefix, &weights)
    }
}
