import Foundation
import Inference
import Jobs
import Kernels
import Passes
import TestSupport
import Testing

/// A pass that is written down in a file, and read by another copy of the model, goes on with the same bytes: random
/// models, documents and tasks, cut anywhere, also in the middle of a generation.
@Suite struct SnapshotExactnessTests {
    @Test(arguments: DrawnModel.families) func passesGoOnElsewhere(family: String) throws {
        for seed in Settings.seeds(usual: 40) {
            let drawn = PassCase(seed: seed, family: family)
            let isSame: Bool
            do {
                isSame = try drawn.isSame()
            } catch {
                Issue.record(Settings.failure(seed, "\(drawn)", "\(error)"))
                return
            }
            guard isSame else {
                Issue.record(Settings.failure(seed, "\(drawn)", "the results differ"))
                return
            }
        }
    }
}

/// A document that is handed from one worker to another, and back.
private struct PassCase: CustomStringConvertible {
    let model: DrawnModel
    let tokens: [Int32]
    let task: Job.Task
    let cuts: [Int]
    let generatedTokens: Int
    let dataType: Job.DataType

    init(seed: UInt64, family: String) {
        dataType = .drawn(seed)
        var random = SplitMix64(seed: seed &* 31 &+ 7)
        model = DrawnModel(family: family, &random)
        tokens = DrawnDocument(number: 0, for: model, &random).tokens
        task = .drawn(for: model, &random)
        // On the grid of blocks, as a coordinator cuts, or anywhere.
        let grid = random.next() % 4 == 0 ? 1 : 256
        let places = tokens.count / grid
        let cuts = (0..<4).map { _ in Int.random(in: 0...places, using: &random) * grid }
        self.cuts = cuts.sorted()
        generatedTokens = Int.random(in: 1...15, using: &random)
    }

    var description: String {
        "\(task) over \(tokens.count) tokens with \(model) in \(dataType); cut at \(cuts), \(generatedTokens) generated at a time"
    }

    func isSame() throws -> Bool {
        let directory = try TemporaryDirectory()
        try model.write(to: directory)
        var models = try (0..<2).map { _ in try Model(directory: directory.path("model"), dataType: DataType(dataType))
        }
        let whole = try PassResult(task, over: tokens, model: models[0])
        let moved = try PassResult(
            task, over: tokens, cuts: cuts, generatedTokens: generatedTokens, model: models[0]
        ) { pass in
            try directory.write(pass.snapshot(), to: "snapshot")
            models.swapAt(0, 1)
            let heir = try DocumentPass(
                restoring: directory.bytes("snapshot"), model: models[0], task: task, documentID: "d")
            guard heir.snapshot() == pass.snapshot() else { throw Failure("read back, the snapshot is another") }
            return (heir, Lane(model: models[0]))
        }
        return moved == whole
    }
}
