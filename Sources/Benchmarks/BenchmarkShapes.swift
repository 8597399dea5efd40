public import Checkpoints

/// The published sizes of Mamba and Mamba-2 models, by name.
public enum BenchmarkShapes {
    /// The names in the order of sizes.
    public static let names = sizes.map { "mamba-" + $0.name } + sizes.map(mamba2Name)

    /// The configuration of a name; `nil` if the name is unknown.
    public static func configuration(named name: String) -> ModelConfiguration? {
        for size in sizes {
            if name == "mamba-" + size.name { return mamba1(size) }
            if name == mamba2Name(size) { return mamba2(size) }
        }
        return nil
    }

    private struct Size {
        var name: String
        var hiddenSize: Int
        var layers: Int
    }

    // The sizes are those of state-spaces/mamba-* and mamba2-* on Hugging Face.
    private static let sizes = [
        Size(name: "130m", hiddenSize: 768, layers: 24),
        Size(name: "370m", hiddenSize: 1024, layers: 48),
        Size(name: "790m", hiddenSize: 1536, layers: 48),
        Size(name: "1.4b", hiddenSize: 2048, layers: 48),
        Size(name: "2.8b", hiddenSize: 2560, layers: 64),
    ]

    /// The name of the Mamba-2 model of this width and depth. Mamba-2's names state slightly fewer parameters.
    private static func mamba2Name(_ size: Size) -> String {
        "mamba2-" + (["790m": "780m", "1.4b": "1.3b", "2.8b": "2.7b"][size.name] ?? size.name)
    }

    private static func mamba1(_ size: Size) -> ModelConfiguration {
        let layer = Mamba1Configuration(channels: 2 * size.hiddenSize, stepRank: (size.hiddenSize + 15) / 16)
        return ModelConfiguration(
            family: "mamba", hiddenSize: size.hiddenSize,
            layers: Array(repeating: .mamba1(layer), count: size.layers), vocabularySize: 50277,
            paddedVocabularySize: 50280)
    }

    private static func mamba2(_ size: Size) -> ModelConfiguration {
        let layer = Mamba2Configuration(heads: 2 * size.hiddenSize / 64)
        return ModelConfiguration(
            family: "mamba2", hiddenSize: size.hiddenSize,
            layers: Array(repeating: .mamba2(layer), count: size.layers), vocabularySize: 50277,
            paddedVocabularySize: 50288)
    }
}
