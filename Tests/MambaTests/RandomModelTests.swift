import Checkpoints
import Kernels
import Mamba
import Testing

@Suite struct RandomModelTests {
    static let configurations = [
        ModelConfiguration(
            family: "mamba", hiddenSize: 20,
            layers: Array(
                repeating: .mamba1(
                    Mamba1Configuration(channels: 33, states: 7, kernel: 3, stepRank: 5, hasBias: true)), count: 2),
            vocabularySize: 50, paddedVocabularySize: 50, epsilon: 1e-6),
        ModelConfiguration(
            family: "falcon_mamba", hiddenSize: 16,
            layers: [
                .mamba1(
                    Mamba1Configuration(channels: 24, stepRank: 4, hasConvolutionBias: false, mixerNormEpsilon: 1e-6))
            ], vocabularySize: 61, paddedVocabularySize: 61, tiesEmbeddings: false),
        ModelConfiguration(
            family: "mamba2", hiddenSize: 18,
            layers: Array(
                repeating: .mamba2(
                    Mamba2Configuration(heads: 4, headChannels: 9, states: 11, groups: 2, kernel: 2, hasBias: true)),
                count: 2), vocabularySize: 50, paddedVocabularySize: 50),
        ModelConfiguration(
            family: "mamba2", hiddenSize: 18,
            layers: Array(
                repeating: .mamba2(Mamba2Configuration(heads: 3, headChannels: 5, states: 4, stepLimit: 0.001...0.5)),
                count: 2), vocabularySize: 50, paddedVocabularySize: 50, tiesEmbeddings: false),
    ]

    @Test(arguments: configurations) func theDirectoryReadsBack(configuration: ModelConfiguration) throws {
        let directory = try TemporaryDirectory()
        try RandomModel(configuration, seed: 3).write(to: directory.path)
        #expect(try ModelConfiguration(file: directory.path + "/config.json") == configuration)
        let read = try Fixtures.model(directory: directory.path)
        let random = try LanguageModel(
            configuration: configuration, source: RandomWeights(seed: 3), arithmetic: Arithmetic())
        let tokens = (0..<300).map { Int32($0 * 7 % configuration.vocabularySize) }
        #expect(Reading(tokens, with: read).hidden == Reading(tokens, with: random).hidden)
        #expect(Reading(tokens, with: read).state == Reading(tokens, with: random).state)
    }

    @Test func seedsGiveModels() throws {
        let models = try [1, 1, 2].map { try RandomModel(Self.configurations[0], seed: $0).weightsFile }
        #expect(models[0] == models[1] && models[0] != models[2])
    }
}
