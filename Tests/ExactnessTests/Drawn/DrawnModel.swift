import Checkpoints
import Foundation
import Mamba
import TestSupport

/// A small model of random sizes and weights, as a directory.
struct DrawnModel: CustomStringConvertible {
    static let families = ["mamba", "mamba2", "falcon_mamba"]

    let configuration: ModelConfiguration
    let seed: UInt64
    /// With the demo models' tokenizer; else documents are tokens and texts are empty.
    let hasTokenizer: Bool
    let endOfText: [Int]

    init(family: String, _ random: inout SplitMix64) {
        let hiddenSize = Int.random(in: 5...48, using: &random)
        hasTokenizer = random.next().isMultiple(of: 3)
        let vocabulary = hasTokenizer ? 4096 : Int.random(in: 17...300, using: &random)
        let layers = Int.random(in: 1...3, using: &random)
        let tiesEmbeddings = random.next() % 2 == 0
        let layer: LayerConfiguration =
            family == "mamba2"
            ? .mamba2(Self.mamba2(&random)) : .mamba1(Self.mamba1(isFalcon: family == "falcon_mamba", &random))
        configuration = ModelConfiguration(
            family: family, hiddenSize: hiddenSize, layers: Array(repeating: layer, count: layers),
            vocabularySize: vocabulary, paddedVocabularySize: vocabulary, tiesEmbeddings: tiesEmbeddings)
        seed = random.next()
        endOfText = random.next() % 2 == 0 ? [] : [0, Int.random(in: 1..<17, using: &random)]
    }

    private static func mamba1(isFalcon: Bool, _ random: inout SplitMix64) -> Mamba1Configuration {
        Mamba1Configuration(
            channels: Int.random(in: 3...80, using: &random), states: Int.random(in: 1...20, using: &random),
            kernel: Int.random(in: 2...5, using: &random), stepRank: Int.random(in: 1...6, using: &random),
            hasBias: random.next() % 2 == 0, hasConvolutionBias: random.next() % 4 != 0,
            mixerNormEpsilon: isFalcon ? 1e-6 : nil)
    }

    private static func mamba2(_ random: inout SplitMix64) -> Mamba2Configuration {
        let groups = Int.random(in: 1...3, using: &random)
        return Mamba2Configuration(
            heads: groups * Int.random(in: 1...3, using: &random), headChannels: Int.random(in: 1...24, using: &random),
            states: Int.random(in: 1...40, using: &random), groups: groups,
            kernel: Int.random(in: 2...5, using: &random),
            stepLimit: random.next() % 2 == 0 ? 0 ... .infinity : 0.01...0.5, hasBias: random.next() % 2 == 0,
            hasConvolutionBias: random.next() % 4 != 0)
    }

    var description: String {
        "\(configuration), weights of \(seed), \(hasTokenizer ? "tokenizer" : "no tokenizer"), ends at \(endOfText)"
    }

    /// Writes the directory `model`.
    func write(to directory: TemporaryDirectory) throws {
        try RandomModel(configuration, seed: seed).write(to: directory.path("model"))
        try directory.write(Array("{\"eos_token_id\": \(endOfText)}".utf8), to: "model/generation_config.json")
        guard hasTokenizer else { return }
        let demo = URL(filePath: #filePath + "/../../../../Jobs/models/mamba2-books-6m").standardizedFileURL.path
        try FileManager.default.copyItem(
            atPath: demo + "/tokenizer.json", toPath: directory.path("model/tokenizer.json"))
    }
}
