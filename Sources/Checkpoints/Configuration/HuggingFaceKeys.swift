internal import JSON

/// The keys of a transformers `config.json` that this program reads.
package struct HuggingFaceKeys: Encodable {
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
    /// The hidden size in the original format.
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
    /// - Throws: `ModelError.malformed` when a key has the wrong type. The error names the key.
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

/// A number that may be infinite. transformers writes infinity as the bare word `Infinity` or as `{"__float__":
/// "Infinity"}`.
struct FloatOrInfinity: Encodable {
    var value: Float

    private enum CodingKeys: String, CodingKey { case float = "__float__" }

    init(_ value: Float) { self.value = value }

    /// - Returns: `nil` for a value that is no number.
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

extension HuggingFaceKeys {
    /// The keys of a configuration with equal layers.
    package init(_ c: ModelConfiguration) {
        self.init(
            modelType: c.family, hiddenAct: "silu", rmsNorm: true, hiddenSize: c.hiddenSize,
            numHiddenLayers: c.layers.count, vocabSize: c.vocabularySize, layerNormEpsilon: Double(c.epsilon),
            tieWordEmbeddings: c.tiesEmbeddings)
        if let layer = c.layers.first {
            precondition(c.layers.allSatisfy { $0 == layer }, "config.json describes one layer for all")
            layer.mixer.write(to: &self)
        }
        expand = intermediateSize.map { Double($0) / Double(c.hiddenSize) }
    }
}
