internal import JSON
internal import Kernels

/// The keys of a transformers `config.json` that matter here.
struct HuggingFaceKeys: Encodable {
    var modelType: String?
    var hiddenAct: String?
    var rmsNorm: Bool?
    var hiddenSize: Int?
    var numHiddenLayers: Int?
    var vocabSize: Int?
    var layerNormEpsilon: Double?
    var tieWordEmbeddings: Bool?
    var expand: Double?
    var intermediateSize: Int?
    var stateSize: Int?
    var convKernel: Int?
    var timeStepRank: StepRank?
    var useBias: Bool?
    var useConvBias: Bool?
    var mixerRmsEps: Double?
    var numHeads: Int?
    var headDim: Int?
    var nGroups: Int?
    var timeStepLimit: [FloatOrInfinity]?
    /// The original format's `hidden_size`.
    var dModel: Int?

    private enum CodingKeys: String, CodingKey {
        case modelType = "model_type"
        case hiddenAct = "hidden_act"
        case rmsNorm = "rms_norm"
        case hiddenSize = "hidden_size"
        case numHiddenLayers = "num_hidden_layers"
        case vocabSize = "vocab_size"
        case layerNormEpsilon = "layer_norm_epsilon"
        case tieWordEmbeddings = "tie_word_embeddings"
        case expand
        case intermediateSize = "intermediate_size"
        case stateSize = "state_size"
        case convKernel = "conv_kernel"
        case timeStepRank = "time_step_rank"
        case useBias = "use_bias"
        case useConvBias = "use_conv_bias"
        case mixerRmsEps = "mixer_rms_eps"
        case numHeads = "num_heads"
        case headDim = "head_dim"
        case nGroups = "n_groups"
        case timeStepLimit = "time_step_limit"
        case dModel = "d_model"
    }
}

extension HuggingFaceKeys {
    /// - Throws: `ModelError.malformed` that names a key of another type.
    init(_ fields: ConfigurationFields) throws(ModelError) {
        modelType = try fields.text("model_type")
        hiddenAct = try fields.text("hidden_act")
        rmsNorm = try fields.bool("rms_norm")
        hiddenSize = try fields.integer("hidden_size")
        numHiddenLayers = try fields.integer("num_hidden_layers")
        vocabSize = try fields.integer("vocab_size")
        layerNormEpsilon = try fields.number("layer_norm_epsilon")
        tieWordEmbeddings = try fields.bool("tie_word_embeddings")
        expand = try fields.number("expand")
        intermediateSize = try fields.integer("intermediate_size")
        stateSize = try fields.integer("state_size")
        convKernel = try fields.integer("conv_kernel")
        timeStepRank =
            try fields.value("time_step_rank")?.text == "auto"
            ? .automatic : fields.integer("time_step_rank").map { .rank($0) }
        useBias = try fields.bool("use_bias")
        useConvBias = try fields.bool("use_conv_bias")
        mixerRmsEps = try fields.number("mixer_rms_eps")
        numHeads = try fields.integer("num_heads")
        headDim = try fields.integer("head_dim")
        nGroups = try fields.integer("n_groups")
        timeStepLimit = try fields.list("time_step_limit", of: "numbers", FloatOrInfinity.init)
        dModel = try fields.integer("d_model")
    }
}

/// `time_step_rank`: a number, or `"auto"` for one sixteenth of the hidden size, rounded up.
enum StepRank: Encodable {
    case automatic
    case rank(Int)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .automatic: try container.encode("auto")
        case .rank(let rank): try container.encode(rank)
        }
    }
}

/// A number that may be infinite: the bare word `Infinity` or `{"__float__": "Infinity"}`, both of which transformers
/// wrote.
struct FloatOrInfinity: Encodable {
    var value: Float

    private enum CodingKeys: String, CodingKey { case float = "__float__" }

    init(_ value: Float) { self.value = value }

    /// `nil` for a value that is no number.
    init?(_ json: JSONValue) {
        if let number = json.number {
            value = Float(number)
            return
        }
        switch json["__float__"]?.text {
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        default: return nil
        }
    }

    func encode(to encoder: any Encoder) throws {
        if value.isFinite {
            var container = encoder.singleValueContainer()
            return try container.encode(Double(value))
        }
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(value < 0 ? "-Infinity" : "Infinity", forKey: .float)
    }
}

/// Reads the format of transformers: what its `MambaForCausalLM`, `Mamba2ForCausalLM` or `FalconMambaForCausalLM` would
/// build, or a refusal that names key and value.
///
/// `norm_before_gate` is not read: transformers gates first whatever it says, and published models that say `true` were
/// trained so (huggingface/transformers, pull request 32686).
struct HuggingFaceReader {
    let keys: HuggingFaceKeys
    let file: String

    private static let families = ["mamba", "mamba2", "falcon_mamba"]

    private var checks: ConfigurationChecks { ConfigurationChecks(file: file) }

    /// - Throws: `ModelError` for a family that is not read.
    static func checkFamily(_ name: String?, file: String) throws(ModelError) {
        let checks = ConfigurationChecks(file: file)
        let family = try checks.required(name, "model_type")
        guard families.contains(family) else { throw checks.unsupported("model_type", family) }
    }

    func configuration() throws(ModelError) -> ModelConfiguration {
        let family = try checks.required(keys.modelType, "model_type")
        if let activation = keys.hiddenAct, activation != "silu", activation != "swish" {
            throw checks.unsupported("hidden_act", activation)
        }
        if keys.rmsNorm == false { throw checks.unsupported("rms_norm", "false") }
        let hiddenSize = try checks.size(keys.hiddenSize, "hidden_size")
        let mixer: ModelConfiguration.Mixer =
            family == "mamba2"
            ? .mamba2(try mamba2(hiddenSize: hiddenSize))
            : .mamba1(try mamba1(hiddenSize: hiddenSize, isFalcon: family == "falcon_mamba"))
        let vocabularySize = try checks.size(keys.vocabSize, "vocab_size")
        return try checks.checked(
            ModelConfiguration(
                family: family, hiddenSize: hiddenSize,
                layers: try checks.layers(keys.numHiddenLayers, "num_hidden_layers"), vocabularySize: vocabularySize,
                paddedVocabularySize: vocabularySize,
                epsilon: try checks.epsilon(keys.layerNormEpsilon, "layer_norm_epsilon", otherwise: 1e-5),
                // Defaults of transformers' configuration classes.
                tiesEmbeddings: keys.tieWordEmbeddings ?? (family != "mamba2"), mixer: mixer))
    }

    private func mamba1(hiddenSize: Int, isFalcon: Bool) throws(ModelError) -> Mamba1Configuration {
        let stepRank: Int
        switch keys.timeStepRank ?? .automatic {
        case .automatic: stepRank = (hiddenSize + 15) / 16
        case .rank(let rank): stepRank = try checks.size(rank, "time_step_rank")
        }
        return Mamba1Configuration(
            channels: try channels(hiddenSize: hiddenSize),
            states: try checks.size(keys.stateSize, "state_size", atMost: Arithmetic.largestScanState),
            kernel: try checks.size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepRank: stepRank, hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true,
            mixerNormEpsilon: isFalcon
                ? try checks.epsilon(keys.mixerRmsEps, "mixer_rms_eps", otherwise: 1e-6) : nil)
    }

    private func mamba2(hiddenSize: Int) throws(ModelError) -> Mamba2Configuration {
        let heads = try checks.size(keys.numHeads, "num_heads")
        let headChannels = try checks.size(keys.headDim, "head_dim")
        let groups = try checks.size(keys.nGroups, "n_groups")
        guard heads % groups == 0 else { throw checks.unsupported("n_groups", "\(groups) for \(heads) heads") }
        guard heads * headChannels == (try channels(hiddenSize: hiddenSize)) else {
            throw checks.unsupported(
                "num_heads", "\(heads), and head_dim \(headChannels), but the inner size is another")
        }
        return Mamba2Configuration(
            heads: heads, headChannels: headChannels,
            states: try checks.size(keys.stateSize, "state_size", atMost: ConfigurationChecks.mostHeadStates),
            groups: groups,
            kernel: try checks.size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepLimit: try checks.stepLimit(keys.timeStepLimit?.map(\.value), "time_step_limit"),
            hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true)
    }

    /// d_inner: as stated, or the hidden size expanded.
    private func channels(hiddenSize: Int) throws(ModelError) -> Int {
        if let stated = keys.intermediateSize { return try checks.size(stated, "intermediate_size") }
        return try checks.channels(expand: try checks.required(keys.expand, "expand"), hiddenSize: hiddenSize)
    }
}
