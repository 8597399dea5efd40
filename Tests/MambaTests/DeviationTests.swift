import Checkpoints
import Kernels
import Mamba
import Testing

/// The fast model beside plain loops in float64, and that the comparison would notice.
@Suite struct DeviationTests {
    private static let tokens = (0..<600).map { Int32($0 * 7 % 50) }

    /// Layers of several families and sizes.
    static let mixed = ModelConfiguration(
        family: "mixed", hiddenSize: 18,
        layers: [
            .mamba2(Mamba2Configuration(heads: 4, headChannels: 9, states: 11, groups: 2, kernel: 2)),
            .mamba1(Mamba1Configuration(channels: 33, states: 7, kernel: 3, stepRank: 5)),
            .mamba2(Mamba2Configuration(heads: 3, headChannels: 5, states: 4)),
            .mamba1(Mamba1Configuration(channels: 33, states: 7, kernel: 3, stepRank: 5)),
        ], vocabularySize: 50, paddedVocabularySize: 50)

    @Test(arguments: RandomModelTests.configurations + [mixed], InstructionSet.supported)
    func theFastModelIsThatOfThePlainLoops(configuration: ModelConfiguration, set: InstructionSet) throws {
        let deviation = try Deviation(
            configuration: configuration, source: RandomWeights(seed: 1), arithmetic: Arithmetic(instructionSet: set),
            tokens: Self.tokens)
        #expect(deviation.isTolerable, "\(deviation)")
        #expect(deviation.rows > 0 && deviation.state > 0)
    }

    @Test(arguments: [
        "layers.0.norm.weight", "mixer.in_proj.weight", "mixer.conv1d.weight", "mixer.A_log", "mixer.D",
        "layers.1.mixer.out_proj.weight",
    ])
    func aWrongWeightIsNoticed(name: String) throws {
        for configuration in RandomModelTests.configurations where configuration.layers.count == 2 {
            for value in [1.5, Float.nan] {
                let wrong = try deviation(configuration) { $0.hasSuffix(name) ? value : 1 }
                #expect(!wrong.isTolerable, "\(configuration.family) \(wrong)")
            }
        }
    }

    private func deviation(
        _ configuration: ModelConfiguration, factor: @escaping @Sendable (String) -> Float
    ) throws -> Deviation {
        let source = RandomWeights(seed: 1)
        return Deviation(
            of: try LanguageModel(
                configuration: configuration, source: ScaledWeights(source: source, factor: factor),
                arithmetic: Arithmetic()),
            from: try ReferenceModel(configuration: configuration, source: source), tokens: Self.tokens)
    }
}

/// Weights of which some are wrong.
private struct ScaledWeights: TensorSource {
    let source: RandomWeights
    let factor: @Sendable (String) -> Float
    var file: String { source.file }
    var names: Set<String> { source.names }
    var storedNumbers: [String: Int] { source.storedNumbers }

    func tensor(_ name: String, expecting shape: [Int]) -> Tensor? {
        source.tensor(name, expecting: shape).map { tensor in
            Tensor(shape: tensor.shape, elements: FloatBuffer(tensor.elements.array.map { $0 * factor(name) }))
        }
    }
}
