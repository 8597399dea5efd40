internal import FoundationEssentials
internal import Kernels

extension ModelConfiguration {
    /// Reads a `config.json` of Hugging Face transformers: `model_type` `mamba`, `mamba2` or `falcon_mamba`.
    ///
    /// - Throws: `ModelError` that names the file and the key which is missing, mistyped or not supported.
    public init(file: String) throws(ModelError) {
        let mapped = try MappedFile(path: file)
        try self.init(json: mapped.bytes(0..<mapped.count), file: file)
    }

    /// - Parameter file: what error messages name.
    /// - Throws: `ModelError`, as `init(file:)`.
    public init(json: [UInt8], file: String) throws(ModelError) {
        let decoder = JSONDecoder()
        // Python writes an infinity as the bare word, which is JSON5 but not JSON.
        decoder.allowsJSON5 = true
        let keys: HuggingFaceKeys
        do {
            keys = try decoder.decode(HuggingFaceKeys.self, from: Data(json))
        } catch {
            throw ModelError.malformed(file: file, reason: error.summary)
        }
        try self.init(ConfigurationReader(keys: keys, file: file))
    }

    private init(_ reader: ConfigurationReader) throws(ModelError) {
        let keys = reader.keys
        let family = try reader.required(keys.modelType, "model_type")
        if let activation = keys.hiddenAct, activation != "silu", activation != "swish" {
            throw reader.unsupported("hidden_act", activation)
        }
        if keys.rmsNorm == false { throw reader.unsupported("rms_norm", "false") }
        let hiddenSize = try reader.size(keys.hiddenSize, "hidden_size")
        let mixer: Mixer
        switch family {
        case "mamba", "falcon_mamba":
            mixer = .mamba1(try reader.mamba1(hiddenSize: hiddenSize, isFalcon: family == "falcon_mamba"))
        case "mamba2":
            mixer = .mamba2(try reader.mamba2(hiddenSize: hiddenSize))
        default:
            throw reader.unsupported("model_type", family)
        }
        let vocabularySize = try reader.size(keys.vocabSize, "vocab_size")
        self.init(
            family: family, hiddenSize: hiddenSize, layers: try reader.size(keys.numHiddenLayers, "num_hidden_layers"),
            vocabularySize: vocabularySize, paddedVocabularySize: vocabularySize,
            epsilon: try reader.epsilon(keys.layerNormEpsilon, "layer_norm_epsilon", otherwise: 1e-5),
            // Defaults of transformers' configuration classes.
            tiesEmbeddings: keys.tieWordEmbeddings ?? (family != "mamba2"), mixer: mixer)
    }
}
