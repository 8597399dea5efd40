internal import JSON
internal import Kernels

/// The keys of a `config.json` of the original state-spaces models, as mamba_ssm's `MambaConfig` has them.
struct StateSpacesKeys {
    var dModel: Int?
    var dIntermediate: Int?
    var nLayer: Int?
    var vocabSize: Int?
    var ssmCfg: [String: ConfigurationValue]?
    var attnLayerIdx: [Int]?
    var rmsNorm: Bool?
    var padVocabSizeMultiple: Int?
    var tieEmbeddings: Bool?

    /// - Throws: `ModelError.malformed` that names a key of another type.
    init(_ fields: ConfigurationFields) throws(ModelError) {
        dModel = try fields.integer("d_model")
        dIntermediate = try fields.integer("d_intermediate")
        nLayer = try fields.integer("n_layer")
        vocabSize = try fields.integer("vocab_size")
        if let value = fields.value("ssm_cfg") {
            guard case .object(let members) = value else {
                throw fields.malformed("ssm_cfg", "an object belongs there, not \(value.shown)")
            }
            ssmCfg = Dictionary(members.map { ($0.shownName, ConfigurationValue($0.value)) }) { $1 }
        }
        attnLayerIdx = try fields.list("attn_layer_idx", of: "whole numbers", \.integer)
        rmsNorm = try fields.bool("rms_norm")
        padVocabSizeMultiple = try fields.integer("pad_vocab_size_multiple")
        tieEmbeddings = try fields.bool("tie_embeddings")
    }
}

/// Reads the original format: what mamba_ssm's `MambaLMHeadModel` would build, or a refusal that names key and value.
///
/// Source: mamba_ssm 2.2, `models/config_mamba.py`, `models/mixer_seq_simple.py`, `modules/mamba_simple.py` and
/// `modules/mamba2.py`. Of the keys that are not read, `residual_in_fp32` and `fused_add_norm` change nothing where all
/// is float32, and `attn_cfg` nothing without a layer of attention.
struct StateSpacesReader {
    let keys: StateSpacesKeys
    let file: String

    private var checks: ConfigurationChecks { ConfigurationChecks(file: file) }

    func configuration() throws(ModelError) -> ModelConfiguration {
        if let size = keys.dIntermediate, size != 0 { throw checks.unsupported("d_intermediate", "\(size)") }
        if let layers = keys.attnLayerIdx, !layers.isEmpty { throw checks.unsupported("attn_layer_idx", "\(layers)") }
        if keys.rmsNorm == false { throw checks.unsupported("rms_norm", "false") }
        let hiddenSize = try checks.size(keys.dModel, "d_model")
        let vocabulary = try checks.size(keys.vocabSize, "vocab_size")
        let multiple = try checks.size(keys.padVocabSizeMultiple ?? 8, "pad_vocab_size_multiple")
        var cfg = SSMConfiguration(values: keys.ssmCfg ?? [:], checks: checks)
        let layer = try cfg.text("layer") ?? "Mamba1"
        let mixer: ModelConfiguration.Mixer
        switch layer {
        case "Mamba1": mixer = .mamba1(try mamba1(&cfg, hiddenSize: hiddenSize))
        case "Mamba2": mixer = .mamba2(try mamba2(&cfg, hiddenSize: hiddenSize))
        default: throw checks.unsupported("ssm_cfg.layer", layer)
        }
        try cfg.refuseWhatIsLeft(of: layer)
        return try checks.checked(
            ModelConfiguration(
                family: layer == "Mamba2" ? "mamba2" : "mamba", hiddenSize: hiddenSize,
                layers: try checks.layers(keys.nLayer, "n_layer"), vocabularySize: vocabulary,
                paddedVocabularySize: (vocabulary + multiple - 1) / multiple * multiple,
                tiesEmbeddings: keys.tieEmbeddings ?? true, mixer: mixer))
    }

    private func mamba1(_ cfg: inout SSMConfiguration, hiddenSize: Int) throws(ModelError) -> Mamba1Configuration {
        // These are for initialising, and for speed.
        cfg.ignore(["dt_min", "dt_max", "dt_init", "dt_scale", "dt_init_floor", "use_fast_path"])
        let rank = try cfg.automaticOrCount("dt_rank") ?? (hiddenSize + 15) / 16
        return Mamba1Configuration(
            channels: try checks.channels(expand: try cfg.number("expand") ?? 2, hiddenSize: hiddenSize),
            states: try cfg.count("d_state", otherwise: 16, atMost: Arithmetic.largestScanState),
            kernel: try cfg.count("d_conv", otherwise: 4, atMost: Arithmetic.largestConvolutionKernel),
            stepRank: rank, hasBias: try cfg.bool("bias") ?? false,
            hasConvolutionBias: try cfg.bool("conv_bias") ?? true)
    }

    private func mamba2(_ cfg: inout SSMConfiguration, hiddenSize: Int) throws(ModelError) -> Mamba2Configuration {
        // These are for initialising, and for speed.
        cfg.ignore([
            "conv_init", "A_init_range", "dt_min", "dt_max", "dt_init_floor", "chunk_size", "use_mem_eff_path",
            "sequence_parallel",
        ])
        // Without its norm, or with a skip weight for each channel, the mixer is another one.
        try cfg.require("rmsnorm", true)
        try cfg.require("D_has_hdim", false)
        try cfg.requireNull("process_group")
        let channels = try checks.channels(expand: try cfg.number("expand") ?? 2, hiddenSize: hiddenSize)
        // Channels beyond d_ssm go through a gated MLP.
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
        return Mamba2Configuration(
            heads: heads, headChannels: headChannels,
            states: try cfg.count("d_state", otherwise: 128, atMost: ConfigurationChecks.mostHeadStates),
            groups: groups, kernel: try cfg.count("d_conv", otherwise: 4, atMost: Arithmetic.largestConvolutionKernel),
            stepLimit: try checks.stepLimit(try cfg.numbers("dt_limit"), "ssm_cfg.dt_limit"),
            hasBias: try cfg.bool("bias") ?? false, hasConvolutionBias: try cfg.bool("conv_bias") ?? true,
            normBeforeGate: try cfg.bool("norm_before_gate") ?? false)
    }
}
