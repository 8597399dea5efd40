internal import JSON

/// The keys of a `config.json` of the original state-spaces models, as in mamba_ssm's `MambaConfig`.
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

    /// - Throws: `ModelError.malformed` when a key has the wrong type. The error names the key.
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
