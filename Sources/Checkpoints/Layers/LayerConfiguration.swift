/// One layer of a model: the kind of its mixer and the mixer's sizes.
///
/// Only this file tells the families of layers apart. A new family needs four things: a type that is a
/// `MixerConfiguration`; its conformance to `MixerBuilder` in `Mamba`, with a `Mixer` and a `ReferenceMixer`; a case of
/// this type; and a `ModelFamily`.
public enum LayerConfiguration: Sendable, Equatable {
    case mamba1(Mamba1Configuration)
    case mamba2(Mamba2Configuration)

    package var mixer: any MixerConfiguration {
        switch self {
        case .mamba1(let sizes): sizes
        case .mamba2(let sizes): sizes
        }
    }
}

/// A family of models.
public struct ModelFamily: Sendable {
    /// The `model_type` in a `config.json` of transformers.
    public let name: String
    /// A small layer for a residual stream of 64 channels.
    public let smallLayer: LayerConfiguration
    /// Whether the head is the embedding if `config.json` does not say so. This is the default of transformers' class.
    let tiesEmbeddings: Bool
    /// The function that reads the layers from a `config.json` of transformers.
    let layers: @Sendable (HuggingFaceReader, _ hiddenSize: Int) throws(ModelError) -> [LayerConfiguration]
    /// The kind of layer in mamba_ssm; `nil` if mamba_ssm does not have it.
    let original: Original?

    /// A kind of layer in mamba_ssm.
    struct Original: Sendable {
        /// The value of `ssm_cfg.layer`.
        var layer: String
        /// The function that reads the layer from the other values of `ssm_cfg`.
        var configuration:
            @Sendable (_ ssmCfg: inout SSMConfiguration, _ hiddenSize: Int) throws(ModelError) -> LayerConfiguration
    }

    public static let mamba = ModelFamily(
        name: "mamba", smallLayer: .mamba1(Mamba1Configuration(channels: 128, stepRank: 4)), tiesEmbeddings: true,
        layers: { (reader, hiddenSize) throws(ModelError) in
            try reader.equal(.mamba1(Mamba1Configuration(reader, hiddenSize: hiddenSize)))
        },
        original: Original(layer: "Mamba1") { (ssmCfg, hiddenSize) throws(ModelError) in
            .mamba1(try Mamba1Configuration(&ssmCfg, hiddenSize: hiddenSize))
        })

    public static let mamba2 = ModelFamily(
        name: "mamba2", smallLayer: .mamba2(Mamba2Configuration(heads: 4, headChannels: 32, states: 32, groups: 2)),
        tiesEmbeddings: false,
        layers: { (reader, hiddenSize) throws(ModelError) in
            try reader.equal(.mamba2(Mamba2Configuration(reader, hiddenSize: hiddenSize)))
        },
        original: Original(layer: "Mamba2") { (ssmCfg, hiddenSize) throws(ModelError) in
            .mamba2(try Mamba2Configuration(&ssmCfg, hiddenSize: hiddenSize))
        })

    public static let falconMamba = ModelFamily(
        name: "falcon_mamba",
        smallLayer: .mamba1(Mamba1Configuration(channels: 128, stepRank: 4, mixerNormEpsilon: 1e-6)),
        tiesEmbeddings: true,
        layers: { (reader, hiddenSize) throws(ModelError) in
            try reader.equal(.mamba1(Mamba1Configuration(falcon: reader, hiddenSize: hiddenSize)))
        },
        original: nil)

    public static let all = [mamba, mamba2, falconMamba]

    /// The family of a name; `nil` if it is not supported.
    static func named(_ name: String) -> ModelFamily? { all.first { $0.name == name } }
}
