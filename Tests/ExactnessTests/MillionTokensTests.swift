import Checkpoints
import Inference
import Jobs
import Kernels
import Mamba
import Passes
import TestSupport
import Testing

/// Documents of a million tokens.
@Suite struct MillionTokensTests {
    private static let length = 1_000_000

    /// A model of each family, 2 layers.
    private static func shapes(hiddenSize: Int, states: Int) -> [ModelConfiguration] {
        let mamba1 = Mamba1Configuration(channels: 2 * hiddenSize, states: states, stepRank: 4)
        var falcon = mamba1
        falcon.mixerNormEpsilon = 1e-6
        let mamba2 = Mamba2Configuration(heads: 4, headChannels: hiddenSize / 2, states: 2 * states, groups: 2)
        let layers: [(String, LayerConfiguration)] = [
            ("mamba", .mamba1(mamba1)), ("mamba2", .mamba2(mamba2)), ("falcon_mamba", .mamba1(falcon)),
        ]
        return layers.map { family, layer in
            ModelConfiguration(
                family: family, hiddenSize: hiddenSize, layers: [layer, layer], vocabularySize: 64,
                paddedVocabularySize: 64)
        }
    }

    static let shapes = shapes(hiddenSize: 32, states: 16)
    /// The plain loops read about a hundred thousand tokens a second with these.
    static let tinyShapes = shapes(hiddenSize: 8, states: 4)

    private static func tokens(_ model: ModelConfiguration) -> [Int32] {
        var random = SplitMix64(seed: 1)
        return (0..<length).map { _ in Int32(random.next() % UInt64(model.vocabularySize)) }
    }

    @Test(arguments: shapes) func theStateIsTheSameForSmallAndLargeChunks(shape: ModelConfiguration) throws {
        let model = try Model(random: shape, seed: 1)
        let tokens = Self.tokens(shape)
        let lane = Lane(model: model)
        let states = try [256, 65_536].map { chunk in
            var pass = DocumentPass(model: model, task: .embed(EmbedOptions()), documentID: "d")
            for start in stride(from: 0, to: tokens.count, by: chunk) {
                let end = min(start + chunk, tokens.count)
                _ = try pass.read(Array(tokens[start..<end]), isLast: end == tokens.count, on: lane)
            }
            return pass.snapshot()
        }
        #expect(states[0] == states[1])
    }

    /// After a million tokens the float32 state is as near to the float64 one as after a thousand: what the model
    /// forgets, its rounding errors are part of.
    @Test(arguments: tinyShapes) func theStateIsThatOfPlainLoops(shape: ModelConfiguration) throws {
        let (arithmetic, weights) = (try Arithmetic(), RandomWeights(seed: 1))
        let deviation = try Deviation(
            configuration: shape, source: weights, arithmetic: arithmetic, tokens: Self.tokens(shape))
        #expect(deviation.isTolerable, "\(deviation)")
    }
}
