/// Reads the format of transformers: what the class of the `model_type` would build, or a refusal that names key and
/// value.
struct HuggingFaceReader {
    let keys: HuggingFaceKeys
    let file: String

    var checks: ConfigurationChecks { ConfigurationChecks(file: file) }

    /// - Parameter name: the value of `model_type`.
    /// - Throws: `ModelError` for a family that is not read.
    static func family(_ name: String?, file: String) throws(ModelError) -> ModelFamily {
        let checks = ConfigurationChecks(file: file)
        let name = try checks.required(name, "model_type")
        guard let family = ModelFamily.named(name) else { throw checks.unsupported("model_type", name) }
        return family
    }

    func configuration(of family: ModelFamily) throws(ModelError) -> ModelConfiguration {
        if let activation = keys.hiddenAct, activation != "silu", activation != "swish" {
            throw checks.unsupported("hidden_act", activation)
        }
        if keys.rmsNorm == false { throw checks.unsupported("rms_norm", "false") }
        let hiddenSize = try checks.size(keys.hiddenSize, "hidden_size")
        let layers = try family.layers(self, hiddenSize)
        let vocabularySize = try checks.size(keys.vocabSize, "vocab_size")
        return try checks.checked(
            ModelConfiguration(
                family: family.name, hiddenSize: hiddenSize, layers: layers, vocabularySize: vocabularySize,
                paddedVocabularySize: vocabularySize,
                epsilon: try checks.epsilon(keys.layerNormEpsilon, "layer_norm_epsilon", otherwise: 1e-5),
                tiesEmbeddings: keys.tieWordEmbeddings ?? family.tiesEmbeddings))
    }

    /// As many layers as the file says, each the same.
    func equal(_ layer: LayerConfiguration) throws(ModelError) -> [LayerConfiguration] {
        Array(repeating: layer, count: try checks.layers(keys.numHiddenLayers, "num_hidden_layers"))
    }

    /// d_inner: as stated, or the hidden size expanded.
    func channels(hiddenSize: Int) throws(ModelError) -> Int {
        if let stated = keys.intermediateSize { return try checks.size(stated, "intermediate_size") }
        return try checks.channels(expand: try checks.required(keys.expand, "expand"), hiddenSize: hiddenSize)
    }
}
