internal import Kernels

/// The sizes of a Mamba-2 mixer (Dao and Gu, 2024, arXiv:2405.21060).
public struct Mamba2Configuration: Sendable, Equatable {
    public var heads: Int
    /// The channels of a head, P.
    public var headChannels: Int
    /// The states of each channel, N or d_state.
    public var states: Int
    /// The groups of heads, G. The heads of a group share B and C. The gated norm has as many parts.
    public var groups: Int
    /// The taps of the convolution, d_conv.
    public var kernel: Int
    /// The limits of the step after softplus.
    public var stepLimit: ClosedRange<Float>
    /// Whether the input and output projections have a bias.
    public var hasBias: Bool
    public var hasConvolutionBias: Bool
    public var normBeforeGate: Bool

    public init(
        heads: Int, headChannels: Int = 64, states: Int = 128, groups: Int = 1, kernel: Int = 4,
        stepLimit: ClosedRange<Float> = 0 ... .infinity, hasBias: Bool = false, hasConvolutionBias: Bool = true,
        normBeforeGate: Bool = false
    ) {
        self.heads = heads
        self.headChannels = headChannels
        self.states = states
        self.groups = groups
        self.kernel = kernel
        self.stepLimit = stepLimit
        self.hasBias = hasBias
        self.hasConvolutionBias = hasConvolutionBias
        self.normBeforeGate = normBeforeGate
    }

    /// The channels of all heads, d_inner.
    public var channels: Int { heads * headChannels }
    /// The channels of the convolution: X, B and C.
    public var convolutionChannels: Int { channels + 2 * groups * states }
}

extension Mamba2Configuration: MixerConfiguration {
    package var sizes: [String: Int] { ["d_inner": channels, "d_state": states, "conv_kernel": kernel] }

    /// The columns of z, X, B, C and step.
    package var inputProjectionColumns: Int { channels + convolutionChannels + heads }

    package func tensorShapes(hiddenSize: Int) -> [(name: String, shape: [Int])] {
        [
            ("in_proj.weight", [inputProjectionColumns, hiddenSize]),
            ("conv1d.weight", [convolutionChannels, 1, kernel]), ("dt_bias", [heads]), ("A_log", [heads]),
            ("D", [heads]), ("norm.weight", [channels]), ("out_proj.weight", [hiddenSize, channels]),
        ] + (hasConvolutionBias ? [("conv1d.bias", [convolutionChannels])] : [])
            + (hasBias ? [("in_proj.bias", [inputProjectionColumns]), ("out_proj.bias", [hiddenSize])] : [])
    }

    /// The convolution's last inputs, oldest first, and the heads' state. Their shapes do not depend on the number of
    /// tokens.
    package func stateParts(afterTokens tokens: Int) -> [StatePart] {
        [StatePart("conv_state", [kernel - 1, convolutionChannels]), StatePart("ssm_state", [states, channels])]
    }

    /// The cost with the heads' recurrence in blocks of 64 rows.
    package func tokenCost(hiddenSize: Int) -> ModelConfiguration.TokenCost {
        let block = 64
        let products = 2 * (2 * states * channels + block * channels + block * groups * states)
        // The exponentials are SiLU of convolution and gate, and the mask of each head.
        return ModelConfiguration.TokenCost(
            weights: hiddenSize * (inputProjectionColumns + channels), otherFlops: products,
            exponentials: convolutionChannels + channels + block * heads)
    }
}

extension Mamba2Configuration {
    /// Reads the mixer of transformers' `Mamba2ForCausalLM`.
    ///
    /// `norm_before_gate` is not read: transformers ignores it and gates first. Published models that say `true` were
    /// trained so (huggingface/transformers, pull request 32686).
    ///
    /// - Throws: `ModelError` that names the key and the value.
    init(_ reader: HuggingFaceReader, hiddenSize: Int) throws(ModelError) {
        let (keys, checks) = (reader.keys, reader.checks)
        let heads = try checks.size(keys.numHeads, "num_heads")
        let headChannels = try checks.size(keys.headDim, "head_dim")
        let groups = try checks.size(keys.nGroups, "n_groups")
        guard heads % groups == 0 else { throw checks.unsupported("n_groups", "\(groups) for \(heads) heads") }
        guard heads * headChannels == (try reader.channels(hiddenSize: hiddenSize)) else {
            throw checks.unsupported(
                "num_heads", "\(heads), and head_dim \(headChannels), but the inner size is another")
        }
        self.init(
            heads: heads, headChannels: headChannels,
            states: try checks.size(keys.stateSize, "state_size", atMost: ConfigurationChecks.mostHeadStates),
            groups: groups,
            kernel: try checks.size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepLimit: try checks.stepLimit(keys.timeStepLimit?.map(\.value), "time_step_limit"),
            hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true)
    }

    package func write(to keys: inout HuggingFaceKeys) {
        precondition(!normBeforeGate, "Hugging Face's models gate first, whatever their configuration says")
        (keys.stateSize, keys.convKernel) = (states, kernel)
        (keys.useBias, keys.useConvBias) = (hasBias, hasConvolutionBias)
        (keys.intermediateSize, keys.numHeads, keys.headDim, keys.nGroups) = (channels, heads, headChannels, groups)
        keys.timeStepLimit = [FloatOrInfinity(stepLimit.lowerBound), FloatOrInfinity(stepLimit.upperBound)]
    }

    /// Reads the mixer that mamba_ssm builds from `ssm_cfg`.
    ///
    /// - Throws: `ModelError` that names the key and the value.
    init(_ cfg: inout SSMConfiguration, hiddenSize: Int) throws(ModelError) {
        let checks = cfg.checks
        // These keys only affect initialisation and speed.
        cfg.ignore([
            "conv_init", "A_init_range", "dt_min", "dt_max", "dt_init_floor", "chunk_size", "use_mem_eff_path",
            "sequence_parallel",
        ])
        // A mixer without its norm, or with a skip weight for each channel, is not supported.
        try cfg.require("rmsnorm", true)
        try cfg.require("D_has_hdim", false)
        try cfg.requireNull("process_group")
        let channels = try checks.channels(expand: try cfg.number("expand") ?? 2, hiddenSize: hiddenSize)
        // The channels beyond d_ssm would pass through a gated MLP, which is not supported.
        let scanned = try cfg.count("d_ssm", otherwise: channels)
        guard scanned == channels else {
            throw checks.unsupported("ssm_cfg.d_ssm", "\(scanned) of \(channels) channels")
        }
        let headChannels = try cfg.count("headdim", otherwise: 64)
        guard channels.isMultiple(of: headChannels) else {
            throw checks.unsupported("ssm_cfg.headdim", "\(headChannels) for \(channels) channels")
        }
        let heads = channels / headChannels
        let groups = try cfg.count("ngroups", otherwise: 1)
        guard heads.isMultiple(of: groups) else {
            throw checks.unsupported("ssm_cfg.ngroups", "\(groups) for \(heads) heads")
        }
        self.init(
            heads: heads, headChannels: headChannels,
            states: try cfg.count("d_state", otherwise: 128, atMost: ConfigurationChecks.mostHeadStates),
            groups: groups, kernel: try cfg.count("d_conv", otherwise: 4, atMost: Arithmetic.largestConvolutionKernel),
            stepLimit: try checks.stepLimit(try cfg.numbers("dt_limit"), "ssm_cfg.dt_limit"),
            hasBias: try cfg.bool("bias") ?? false, hasConvolutionBias: try cfg.bool("conv_bias") ?? true,
            normBeforeGate: try cfg.bool("norm_before_gate") ?? false)
    }
}
