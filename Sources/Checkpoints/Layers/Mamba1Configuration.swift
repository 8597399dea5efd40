internal import Kernels

/// Sizes of a Mamba-1 mixer (Gu and Dao, 2023, arXiv:2312.00752).
public struct Mamba1Configuration: Sendable, Equatable {
    /// d_inner, channels of convolution and scan.
    public var channels: Int
    /// d_state.
    public var states: Int
    /// d_conv, taps of the convolution.
    public var kernel: Int
    /// dt_rank, width of the step before its projection.
    public var stepRank: Int
    /// Bias of the input and output projections.
    public var hasBias: Bool
    public var hasConvolutionBias: Bool
    /// Falcon-Mamba's norm on step, B and C; `nil` has none.
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

    /// x and z side by side.
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

    /// The convolution's last inputs, oldest first, and the state of the scan, whatever was read.
    package func stateParts(afterTokens tokens: Int) -> [StatePart] {
        [StatePart("conv_state", [kernel - 1, channels]), StatePart("ssm_state", [states, channels])]
    }

    package func tokenCost(hiddenSize: Int) -> ModelConfiguration.TokenCost {
        // Exponentials: decays of all states; softplus; SiLU after the convolution and of the gate.
        ModelConfiguration.TokenCost(
            weights: channels * (3 * hiddenSize + 2 * stepRank + 2 * states), exponentials: channels * (states + 3))
    }
}

extension Mamba1Configuration {
    /// The mixer of transformers' `MambaForCausalLM`.
    ///
    /// - Throws: `ModelError` that names key and value.
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

    /// The mixer of transformers' `FalconMambaForCausalLM`.
    ///
    /// - Throws: `ModelError` that names key and value.
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

    /// The mixer that mamba_ssm builds of `ssm_cfg`.
    ///
    /// - Throws: `ModelError` that names key and value.
    init(_ cfg: inout SSMConfiguration, hiddenSize: Int) throws(ModelError) {
        // These are for initialising, and for speed.
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
