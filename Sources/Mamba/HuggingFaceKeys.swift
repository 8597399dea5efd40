internal import Kernels

/// The keys of a transformers `config.json` that matter here.
struct HuggingFaceKeys: Codable {
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
    var normBeforeGate: Bool?
    var timeStepLimit: [FloatOrInfinity]?

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
        case normBeforeGate = "norm_before_gate"
        case timeStepLimit = "time_step_limit"
    }
}

/// `time_step_rank`: a number, or `"auto"` for one sixteenth of the hidden size, rounded up.
enum StepRank: Codable {
    case automatic
    case rank(Int)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let word = try? container.decode(String.self), word == "auto" {
            self = .automatic
        } else {
            self = .rank(try container.decode(Int.self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .automatic: try container.encode("auto")
        case .rank(let rank): try container.encode(rank)
        }
    }
}

/// A number that may be infinite: the bare word `Infinity` or `{"__float__": "Infinity"}`, both of which transformers wrote.
struct FloatOrInfinity: Codable {
    var value: Float

    private enum CodingKeys: String, CodingKey { case float = "__float__" }

    init(_ value: Float) { self.value = value }

    init(from decoder: any Decoder) throws {
        if let number = try? decoder.singleValueContainer().decode(Double.self) {
            value = Float(number)
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let word = try container.decode(String.self, forKey: .float)
        switch word {
        case "Infinity": value = .infinity
        case "-Infinity": value = -.infinity
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .float, in: container, debugDescription: "\(word) is no number that is known here")
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

/// Takes values out of the keys, with defaults and limits.
struct ConfigurationReader {
    var keys: HuggingFaceKeys
    /// What error messages name.
    var file: String

    func unsupported(_ key: String, _ value: String) -> ModelError {
        ModelError.unsupported(key: key, value: value, file: file)
    }

    func required<Value>(_ value: Value?, _ key: String) throws(ModelError) -> Value {
        guard let value else { throw ModelError.missingKey(key, file: file) }
        return value
    }

    /// A count of at least 1 that no real model exceeds: products of a few of them must not overflow.
    func size(_ value: Int?, _ key: String, atMost limit: Int = 1 << 20) throws(ModelError) -> Int {
        let value = try required(value, key)
        guard value >= 1, value <= limit else { throw unsupported(key, "\(value)") }
        return value
    }

    func epsilon(_ value: Double?, _ key: String, otherwise: Double) throws(ModelError) -> Float {
        let value = value ?? otherwise
        guard value > 0, value < 1 else { throw unsupported(key, "\(value)") }
        return Float(value)
    }

    func mamba1(hiddenSize: Int, isFalcon: Bool) throws(ModelError) -> Mamba1Configuration {
        let stepRank: Int
        switch keys.timeStepRank ?? .automatic {
        case .automatic: stepRank = (hiddenSize + 15) / 16
        case .rank(let rank): stepRank = try size(rank, "time_step_rank")
        }
        return Mamba1Configuration(
            channels: try channels(hiddenSize: hiddenSize),
            states: try size(keys.stateSize, "state_size", atMost: Arithmetic.largestScanState),
            kernel: try size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepRank: stepRank, hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true,
            mixerNormEpsilon: isFalcon ? try epsilon(keys.mixerRmsEps, "mixer_rms_eps", otherwise: 1e-6) : nil)
    }

    func mamba2(hiddenSize: Int) throws(ModelError) -> Mamba2Configuration {
        let heads = try size(keys.numHeads, "num_heads")
        let headChannels = try size(keys.headDim, "head_dim")
        let groups = try size(keys.nGroups, "n_groups")
        guard heads % groups == 0 else { throw unsupported("n_groups", "\(groups) for \(heads) heads") }
        guard heads * headChannels == (try channels(hiddenSize: hiddenSize)) else {
            throw unsupported("num_heads", "\(heads), and head_dim \(headChannels), but the inner size is another")
        }
        return Mamba2Configuration(
            heads: heads, headChannels: headChannels, states: try size(keys.stateSize, "state_size"), groups: groups,
            kernel: try size(keys.convKernel, "conv_kernel", atMost: Arithmetic.largestConvolutionKernel),
            stepLimit: try stepLimit(), hasBias: keys.useBias ?? false, hasConvolutionBias: keys.useConvBias ?? true,
            normBeforeGate: keys.normBeforeGate ?? false)
    }

    /// d_inner: as stated, or the hidden size expanded.
    private func channels(hiddenSize: Int) throws(ModelError) -> Int {
        if let stated = keys.intermediateSize { return try size(stated, "intermediate_size") }
        let expand = try required(keys.expand, "expand")
        guard expand > 0, expand <= 64 else { throw unsupported("expand", "\(expand)") }
        return Int(expand * Double(hiddenSize))
    }

    private func stepLimit() throws(ModelError) -> ClosedRange<Float> {
        guard let limit = keys.timeStepLimit else { return 0 ... .infinity }
        guard limit.count == 2, limit[0].value <= limit[1].value else {
            throw unsupported("time_step_limit", "\(limit.map(\.value))")
        }
        return limit[0].value...limit[1].value
    }
}
