internal import Checkpoints
internal import Kernels

/// The Mamba-1 mixer: see `Mamba1Mixer`.
struct ReferenceMamba1: ReferenceMixer {
    private let c: Mamba1Configuration
    private let inProjection: ReferenceProjection
    private let convolution: [Double]
    private let convolutionBias: [Double]?
    private let scanProjection: ReferenceProjection
    private let stepProjection: ReferenceProjection
    private let stepBias: [Double]
    private let a: [Double]
    private let skip: [Double]
    private let outProjection: ReferenceProjection

    init(
        _ c: Mamba1Configuration, hiddenSize: Int, _ prefix: String, _ weights: inout WeightReader
    ) throws(ModelError) {
        self.c = c
        inProjection = try ReferenceProjection(
            prefix + "in_proj", 2 * c.channels, hiddenSize, hasBias: c.hasBias, &weights)
        convolution = try weights.convolution(
            prefix + "conv1d.weight", channels: c.channels, kernel: c.kernel
        ).elements.doubles
        convolutionBias = c.hasConvolutionBias ? try weights.vector(prefix + "conv1d.bias", c.channels).doubles : nil
        scanProjection = try ReferenceProjection(
            prefix + "x_proj", c.stepRank + 2 * c.states, c.channels, &weights)
        stepProjection = try ReferenceProjection(prefix + "dt_proj", c.channels, c.stepRank, &weights)
        stepBias = try weights.vector(prefix + "dt_proj.bias", c.channels).doubles
        a = try weights.matrix(prefix + "A_log", c.channels, c.states).elements.doubles.map { -exponential($0) }
        skip = try weights.vector(prefix + "D", c.channels).doubles
        outProjection = try ReferenceProjection(
            prefix + "out_proj", hiddenSize, c.channels, hasBias: c.hasBias, &weights)
    }

    var emptyState: ReferenceState {
        ReferenceState(counts: (c.kernel - 1) * c.channels, c.states * c.channels)
    }

    func run(_ normed: [Double], rows: Int, state: inout ReferenceState) -> [Double] {
        let xz = inProjection(normed, rows: rows)
        let u = Reference.causalConvolution(
            xz.columns(0..<c.channels, of: 2 * c.channels), weight: convolution, bias: convolutionBias,
            channels: c.channels, history: &state.parts[0])
        let width = c.stepRank + 2 * c.states
        let stepBC = scanProjection(u, rows: rows)
        let parts = [(0, c.stepRank), (c.stepRank, c.states), (c.stepRank + c.states, c.states)].map { first, count in
            let part = stepBC.columns(first..<first + count, of: width)
            guard let epsilon = c.mixerNormEpsilon else { return part }
            return Reference.rootMeanSquareNorm(
                part, weight: Array(repeating: 1, count: count), epsilon: Double(epsilon))
        }
        let y = Reference.selectiveScan(
            Reference.Scan(
                steps: stepProjection(parts[0], rows: rows), input: u, b: parts[1], c: parts[2],
                gate: xz.columns(c.channels..<2 * c.channels, of: 2 * c.channels), a: a, skip: skip,
                stepBias: stepBias),
            state: &state.parts[1])
        return outProjection(y, rows: rows)
    }
}
