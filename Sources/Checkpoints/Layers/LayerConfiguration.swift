/// One layer of a model: which mixer it has, and the mixer's sizes.
///
/// This file is the only one that tells the families of layers apart. Another family needs a type that is a
/// `MixerConfiguration`; in `Mamba`, that this type is a `MixerBuilder`, with its `Mixer` and its `ReferenceMixer`; a
/// case with its line here, and the `ModelFamily` whose checkpoints have it.
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

/// A family of models, under the name that transformers gives it.
public struct ModelFamily: Sendable {
    /// `model_type` in a `config.json` of transformers.
    public let name: String
    /// A layer with few numbers, for a residual stream of 64 channels.
    public let smallLayer: LayerConfiguration
    /// Whether the head is the embedding where a `config.json` does not say: the default of transformers' class.
    let tiesEmbeddings: Bool
    /// The layers that a `config.json` of transformers describes.
    let layers: @Sendable (HuggingFaceReader, _ hiddenSize: Int) throws(ModelError) -> [LayerConfiguration]
    /// The layers that a `config.json` of mamba_ssm describes; `nil`: mamba_ssm does not have them.
    let original: Original?

    /// A kind of layer in mamba_ssm.
    struct Original: Sendable {
        /// `ssm_cfg.layer`.
        var layer: String
        /// The layer that the other values of `ssm_cfg` describe.
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

    /// The family of a name; `nil` for one that is not read.
    static func named(_ name: String) -> ModelFamily? { all.first { $0.name == name } }
}
