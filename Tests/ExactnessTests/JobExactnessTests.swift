import Coordination
import Foundation
import Jobs
import TestSupport
import Testing

/// The rows of a document are the same bytes however the work was cut and spread, and in whatever company: random
/// models, documents and tasks, by the real daemons.
@Suite struct JobExactnessTests {
    @Test(arguments: DrawnModel.families) func rowsDoNotDependOnHowTheWorkIsSpread(family: String) throws {
        for seed in Settings.seeds(usual: 12) {
            let drawn = JobCase(seed: seed, family: family)
            let difference: String?
            do {
                difference = try drawn.difference()
            } catch {
                difference = "\(error)"
            }
            if let difference {
                Issue.record(Settings.failure(seed, "\(drawn)", difference))
                return
            }
        }
    }
}

/// A model, documents and a task, and other ways to do the same.
private struct JobCase: CustomStringConvertible {
    /// One way to run the task over some of the documents.
    struct Variant: CustomStringConvertible {
        var documents: [Int]
        var chunkTokens: Int

        var description: String { "documents \(documents) by \(chunkTokens)" }
    }

    let model: DrawnModel
    let documents: [DrawnDocument]
    let task: Job.Task
    let workers: Int
    let lanes: Int
    /// Documents that a lane works on side by side.
    let batch: Int
    let variants: [Variant]
    let dataType: Job.DataType

    init(seed: UInt64, family: String) {
        dataType = .drawn(seed)
        var random = SplitMix64(seed: seed)
        model = DrawnModel(family: family, &random)
        let model = model
        let documents = (0..<Int.random(in: 1...6, using: &random)).map {
            DrawnDocument(number: $0, for: model, &random)
        }
        self.documents = documents
        task = .drawn(for: model, &random)
        workers = Int.random(in: 1...4, using: &random)
        lanes = Int.random(in: 1...2, using: &random)
        batch = pick([1, 3, 32], &random)
        var variants = (0..<2).map { _ in
            Variant(
                documents: documents.indices.shuffled(using: &random),
                chunkTokens: pick([256, 512, 768, 2048, 4096], &random))
        }
        variants.append(Variant(documents: [Int.random(in: documents.indices, using: &random)], chunkTokens: 1024))
        self.variants = variants
    }

    var description: String {
        "\(task) over documents of \(documents) tokens with \(model) in \(dataType); \(workers) workers with \(lanes) lanes "
            + "for \(batch) documents each; "
            + "\(variants)"
    }

    /// Runs everything.
    /// - Returns: where rows differ from those of one worker with one lane that gets whole documents in their order,
    ///   one by one.
    func difference() throws -> String? {
        let directory = try TemporaryDirectory()
        try model.write(to: directory)
        // No text of the drawn length in words has more tokens.
        let whole = Variant(documents: Array(documents.indices), chunkTokens: 65_536)
        let expected = try rows([whole], directory, name: "whole", LocalCluster(workers: 1, lanes: 1))[0]
        let cluster = try LocalCluster(workers: workers, lanes: lanes, batch: batch)
        let found = try rows(variants, directory, name: "other", cluster)
        for (variant, rows) in zip([whole] + variants, [expected] + found) {
            let order = variant.documents.map { documents[$0].id }
            if let difference = rows.difference(from: expected, order: order) { return "\(variant): \(difference)" }
        }
        return nil
    }

    private func rows(
        _ variants: [Variant], _ directory: TemporaryDirectory, name: String, _ cluster: LocalCluster
    ) throws -> [Rows] {
        let jobs = try variants.enumerated().map { number, variant in
            let (input, output) = ("\(name)-\(number).in.jsonl", directory.path("\(name)-\(number).jsonl"))
            try directory.write(Array(variant.documents.map { documents[$0].line }.joined().utf8), to: input)
            return Job(
                task: task, model: directory.path("model"),
                inputs: [.init(asGiven: input, path: directory.path(input))], output: output,
                chunkTokens: variant.chunkTokens, dataType: dataType)
        }
        try cluster.run(jobs)
        return try jobs.indices.map { try Rows(directory.bytes("\(name)-\($0).jsonl")) }
    }
}
