/// Reads the original format. The result is the model that mamba_ssm's `MambaLMHeadModel` would build. Errors name the
/// key and the value.
///
/// Source: mamba_ssm 2.2, `models/config_mamba.py`, `models/mixer_seq_simple.py`, `modules/mamba_simple.py` and
/// `modules/mamba2.py`. Three keys are not read: `residual_in_fp32` and `fused_add_norm` change nothing in float32, and
/// `attn_cfg` changes nothing in a model without attention layers.
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
        let name = try cfg.text("layer") ?? "Mamba1"
        guard let family = ModelFamily.all.first(where: { $0.original?.layer == name }), let original = family.original
        else { throw checks.unsupported("ssm_cfg.layer", name) }
        let layer = try original.configuration(&cfg, hiddenSize)
        try cfg.refuseWhatIsLeft(of: name)
        return try checks.checked(
            ModelConfiguration(
                family: family.name, hiddenSize: hiddenSize,
                layers: Array(repeating: layer, count: try checks.layers(keys.nLayer, "n_layer")),
                vocabularySize: vocabulary,
                paddedVocabularySize: (vocabulary + multiple - 1) / multiple * multiple,
                tiesEmbeddings: keys.tieEmbeddings ?? true))
    }
}
