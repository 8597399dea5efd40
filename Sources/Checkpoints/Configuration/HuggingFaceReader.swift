/// Reads the format of transformers. The result is the model that the class of the `model_type` would build. Errors
/// name the key and the value.
struct HuggingFaceReader {
    let keys: HuggingFaceKeys
    let file: String

    var checks: ConfigurationChecks { ConfigurationChecks(file: file) }

    /// - Parameter name: the value of `model_type`.
    /// - Throws: `ModelError` when the family is not supported.
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

    /// The layers: as many equal ones as the file states.
    func equal(_ layer: LayerConfiguration) throws(ModelError) -> [LayerConfiguration] {
        Array(repeating: layer, count: try checks.layers(keys.numHiddenLayers, "num_hidden_layers"))
    }

    /// d_inner: the stated value, or the expansion factor times the hidden size.
    func channels(hiddenSize: Int) throws(ModelError) -> Int {
        if let stated = keys.intermediateSize { return try checks.size(stated, "intermediate_size") }
        return try checks.channels(expand: try checks.required(keys.expand, "expand"), hiddenSize: hiddenSize)
    }
}
