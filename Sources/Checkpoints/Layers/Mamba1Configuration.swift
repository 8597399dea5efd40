internal import Kernels

/// The sizes of a Mamba-1 mixer (Gu and Dao, 2023, arXiv:2312.00752).
public struct Mamba1Configuration: Sendable, Equatable {
    /// The channels of convolution and scan, d_inner.
    public var channels: Int
    /// The states of each channel, d_state.
    public var states: Int
    /// The taps of the convolution, d_conv.
    public var kernel: Int
    /// The width of the step before its projection, dt_rank.
    public var stepRank: Int
    /// Whether the input and output projections have a bias.
    public var hasBias: Bool
    public var hasConvolutionBias: Bool
    /// The epsilon of Falcon-Mamba's norm on step, B and C; `nil` without this norm.
    public var mixerNormEpsilon: Float?

    public init(
        channels: Int, states: Int = 16, kernel: Int = 4, stepRank: Int, hasBias: Bool = false,
        hasConvolutionBias: Bool = true, mixerNormEpsilon: Float? = nil
    ) {
        self.channels = channels
        self.states = states
        self.kernel = kernel
        self.stepRank = stepRank
        self.hasBias = hasBias
        self.hasConvolutionBias = hasConvolutionBias
        self.mixerNormEpsilon = mixerNormEpsilon
    }
}

extension Mamba1Configuration: MixerConfiguration {
    package var sizes: [String: Int] { ["d_inner": channels, "d_state": states, "conv_kernel": kernel] }

    /// The columns of x and z.
    package var inputProjectionColumns: Int { 2 * channels }

    package func tensorShapes(hiddenSize: Int) -> [(name: String, shape: [Int])] {
        [
            ("in_proj.weight", [2 * channels, hiddenSize]), ("conv1d.weight", [channels, 1, kernel]),
            ("x_proj.weight", [stepRank + 2 * states, channels]), ("dt_proj.weight", [channels, stepRank]),
            ("dt_proj.bias", [channels]), ("A_log", [channels, states]), ("D", [channels]),
            ("out_proj.weight", [hiddenSize, channels]),
        ] + (hasConvolutionBias ? [("conv1d.bias", [channels])] : [])
            + (hasBias ? [("in_proj.bias", [2 * channels]), ("out_proj.bias", [hiddenSize])] : [])
    }

    /// The convolution's last inputs, oldest first, and the scan's state. Their shapes do not depend on the number of
    /// tokens.
    package func stateParts(afterTokens tokens: Int) -> [StatePart] {
        [StatePart("conv_state", [kernel - 1, channels]), StatePart("ssm_state", [states, channels])]
    }

    package func tokenCost(hiddenSize: Int) -> ModelConfiguration.TokenCost {
        // The exponentials are the decays of all states, softplus, and SiLU of convolution and gate.
        ModelConfiguration.TokenCost(
            weights: channels * (3 * hiddenSize + 2 * stepRank + 2 * states), exponentials: channels * (states + 3))
    }
}

extension Mamba1Configuration {
    /// Reads the mixer of transformers' `MambaForCausalLM`.
    ///
    /// - Throws: `ModelError` that names the key and the value.
    init(_ reader: HuggingFaceReader, hiddenSize: Int) throws(ModelError) {
        let (keys, checks) = (reader.keys, reader.checks)
        let stepRank: Int
        switch keys.timeStepRank ?? .automatic {
        case .automatic: stepRank = (hiddenSize + 15) / 16
        case .rank(let rank): stepRank = try checks.size(rank, "time_step_rank")
        }
        self.init(
            channels: try reader.channels(hiddenSize: hiddenSize),
            states: try checks.size(keys.stateSize, "state_size", atMost: Arithmetic.largestScanState),
            kernel: try checks.size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepRank: stepRank, hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true)
    }

    /// Reads the mixer of transformers' `FalconMambaForCausalLM`.
    ///
    /// - Throws: `ModelError` that names the key and the value.
    init(falcon reader: HuggingFaceReader, hiddenSize: Int) throws(ModelError) {
        try self.init(reader, hiddenSize: hiddenSize)
        mixerNormEpsilon = try reader.checks.epsilon(reader.keys.mixerRmsEps, "mixer_rms_eps", otherwise: 1e-6)
    }

    package func write(to keys: inout HuggingFaceKeys) {
        (keys.stateSize, keys.convKernel) = (states, kernel)
        (keys.useBias, keys.useConvBias) = (hasBias, hasConvolutionBias)
        keys.intermediateSize = channels
        keys.timeStepRank = .rank(stepRank)
        keys.mixerRmsEps = mixerNormEpsilon.map(Double.init)
    }

    /// Reads the mixer that mamba_ssm builds from `ssm_cfg`.
    ///
    /// - Throws: `ModelError` that names the key and the value.
    init(_ cfg: inout SSMConfiguration, hiddenSize: Int) throws(ModelError) {
        // These keys only affect initialisation and speed.
        cfg.ignore(["dt_min", "dt_max", "dt_init", "dt_scale", "dt_init_floor", "use_fast_path"])
        let rank = try cfg.automaticOrCount("dt_rank") ?? (hiddenSize + 15) / 16
        self.init(
            channels: try cfg.checks.channels(expand: try cfg.number("expand") ?? 2, hiddenSize: hiddenSize),
            states: try cfg.count("d_state", otherwise: 16, atMost: Arithmetic.largestScanState),
            kernel: try cfg.count("d_conv", otherwise: 4, atMost: Arithmetic.largestConvolutionKernel),
            stepRank: rank, hasBias: try cfg.bool("bias") ?? false,
            hasConvolutionBias: try cfg.bool("conv_bias") ?? true)
    }
}
