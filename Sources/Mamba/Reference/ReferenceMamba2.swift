internal import Checkpoints
internal import Kernels

/// The Mamba-2 mixer: see `Mamba2Mixer`.
struct ReferenceMamba2: ReferenceMixer {
    private let c: Mamba2Configuration
    private let epsilon: Double
    private let inProjection: ReferenceProjection
    private let convolution: [Double]
    private let convolutionBias: [Double]?
    private let stepBias: [Double]
    private let a: [Double]
    private let skip: [Double]
    private let norm: [Double]
    private let outProjection: ReferenceProjection

    init(
        _ c: Mamba2Configuration, hiddenSize: Int, epsilon: Float, _ prefix: String, _ weights: inout WeightReader
    ) throws(ModelError) {
        self.c = c
        self.epsilon = Double(epsilon)
        inProjection = try ReferenceProjection(
            prefix + "in_proj", c.inputProjectionColumns, hiddenSize, hasBias: c.hasBias, &weights)
        convolution = try weights.convolution(
            prefix + "conv1d.weight", channels: c.convolutionChannels, kernel: c.kernel
        ).elements.doubles
        convolutionBias =
            c.hasConvolutionBias ? try weights.vector(prefix + "conv1d.bias", c.convolutionChannels).doubles : nil
        stepBias = try weights.vector(prefix + "dt_bias", c.heads).doubles
        a = try weights.vector(prefix + "A_log", c.heads).doubles.map { -exponential($0) }
        skip = try weights.vector(prefix + "D", c.heads).doubles
        norm = try weights.vector(prefix + "norm.weight", c.channels).doubles
        outProjection = try ReferenceProjection(
            prefix + "out_proj", hiddenSize, c.channels, hasBias: c.hasBias, &weights)
    }

    var emptyState: ReferenceState {
        ReferenceState(counts: (c.kernel - 1) * c.convolutionChannels, c.states * c.channels)
    }

    func run(_ normed: [Double], rows: Int, state: inout ReferenceState) -> [Double] {
        let (width, mixed) = (c.inputProjectionColumns, c.channels + c.convolutionChannels)
        let projected = inProjection(normed, rows: rows)
        let xbc = Reference.causalConvolution(
            projected.columns(c.channels..<mixed, of: width), weight: convolution, bias: convolutionBias,
            channels: c.convolutionChannels, history: &state.parts[0])
        var steps = projected.columns(mixed..<width, of: width)
        let (lowest, highest) = (Double(c.stepLimit.lowerBound), Double(c.stepLimit.upperBound))
        for i in steps.indices {
            steps[i] = min(max(Reference.softplus(steps[i] + stepBias[i % c.heads]), lowest), highest)
        }
        let (b, end) = (c.channels + c.groups * c.states, c.convolutionChannels)
        let y = Reference.headRecurrence(
            Reference.Heads(
                input: xbc.columns(0..<c.channels, of: end), b: xbc.columns(c.channels..<b, of: end),
                c: xbc.columns(b..<end, of: end), steps: steps, a: a, skip: skip, headChannels: c.headChannels,
                groups: c.groups),
            state: &state.parts[1])
        let gated = Reference.gatedNorm(
            y, gate: projected.columns(0..<c.channels, of: width), weight: norm, groups: c.groups, epsilon: epsilon,
            normBeforeGate: c.normBeforeGate)
        return outProjection(gated, rows: rows)
    }
}
