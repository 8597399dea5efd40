import Checkpoints
import Foundation
import Inference
import Jobs
import Passes

/// The check that a snapshot can be read by another copy of the model.
struct SelftestState {
    private static let length = 6000
    private static let cut = 2560
    private static let options = GenerateOptions(maxTokens: 32, repetitionPenalty: 1.1, samples: 2)

    let directory: SelftestDirectory

    func check(_ report: inout SelftestReport) throws {
        for family in ModelFamily.all {
            try report.check("state") { try finding(family) }
        }
    }

    private func finding(_ family: ModelFamily) throws -> Finding {
        let path = try directory.model(family)
        let models = try (0..<2).map { _ in try Model(directory: path) }
        let whole = try samples(models[0]) { ($0, Lane(model: models[0])) }
        var bytes = 0
        let handedOver = try samples(models[0]) { pass in
            let file = URL(filePath: directory.path + "/state.safetensors")
            try Data(pass.snapshot()).write(to: file)
            let stored = Array(try Data(contentsOf: file))
            bytes = stored.count
            let heir = try DocumentPass(restoring: stored, model: models[1], task: task, documentID: "d")
            return (heir, Lane(model: models[1]))
        }
        return Finding(
            isGood: whole == handedOver,
            text:
                "\(family.name): after \(Self.cut.grouped) of \(Self.length.grouped) tokens \(bytes.grouped) bytes written to a "
                + "file, read by another copy of the model, continued: the same \(Self.options.samples) × "
                + "\(Self.options.maxTokens) tokens, their probabilities equal bit for bit")
    }

    private var task: Job.Task { .generate(Self.options) }

    /// Reads and continues a document. A second pass takes over the rest from a snapshot.
    private func samples(
        _ model: Model, handOver: (DocumentPass) throws -> (DocumentPass, Lane)
    ) throws -> [StepOutput.Generated] {
        let tokens = SelftestDirectory.tokens(Self.length, document: 0)
        var pass = DocumentPass(model: model, task: task, documentID: "d")
        _ = try pass.read(Array(tokens[..<Self.cut]), isLast: false, on: Lane(model: model))
        var (heir, lane) = try handOver(pass)
        _ = try heir.read(Array(tokens[Self.cut...]), isLast: true, on: lane)
        return try (0..<Self.options.samples).map { number in
            try heir.generate(atMost: Self.options.maxTokens, sample: number, on: lane)
        }
    }
}
