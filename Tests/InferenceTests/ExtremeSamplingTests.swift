import Checkpoints
import FoundationEssentials
import Inference
import Jobs
import Kernels
import Mamba
import ModelFiles
import Passes
import Testing

/// Options at the ends of their ranges, and models whose logits overflow, give a token or an error.
@Suite struct ExtremeSamplingTests {
    private static let values = [
        0, .leastNonzeroMagnitude, 1e-45, 1e-38, 1e-30, 1e-7, 0.5, 1, 1.5, 1e7, 1e38, 3.5e38, 1e300, 1.7e308,
    ]
    private static let logits: [[Float]] = [
        [2, -1, 0.5, 3, 2.9, -0.3, 1.2, 0, -2.5, 1.9], Array(repeating: 0, count: 10),
        [-0.0, 0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude],
        [3e38, -3e38, 1, 0], [-3e38, -3e38],
    ]

    @Test(arguments: values) func everyCombinationGivesAToken(temperature: Double) throws {
        let arithmetic = try Arithmetic()
        for logits in Self.logits {
            for penalty in Self.values where penalty > 0 {
                for (topK, topP, minP) in [
                    (0, 1.0, 0.0), (1, 1, 0), (.max, 0, 1), (1 << 62, .leastNonzeroMagnitude, .leastNonzeroMagnitude),
                    (3, 0.5, 0.5), (0, 0.999, 1),
                    (2, 1, 1),
                ] {
                    let options = GenerateOptions(
                        temperature: temperature, topK: topK, topP: topP, minP: minP, repetitionPenalty: penalty)
                    let sampler = Sampler(options, vocabularySize: logits.count, arithmetic: arithmetic)
                    for seen in [[], logits.indices.map { $0.isMultiple(of: 2) }, logits.map { _ in true }] {
                        let isSeen = penalty == 1 ? [] : seen.isEmpty ? logits.map { _ in false } : seen
                        for uniform in [0, 0.5, 1 - 0x1p-53] {
                            let token = sampler.token(logits: logits, isSeen: isSeen, uniform: uniform)
                            #expect(logits.indices.contains(Int(token)))
                        }
                    }
                }
            }
        }
    }

    /// A model directory whose head makes every logit infinite, or none a number.
    private func overflowing(_ pattern: [UInt8]) throws -> Model {
        var shape = Documents.tinyShapes[1]
        shape.tiesEmbeddings = false
        let random = try RandomModel(shape, seed: 3)
        var bytes = random.weightsFile
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = try SafetensorsHeader(
            json: Array(bytes[8..<8 + length]), dataBytes: bytes.count - 8 - length, file: "f")
        let range = try #require(header.entries["lm_head.weight"]?.range)
        for place in range { bytes[8 + length + place] = pattern[(place - range.lowerBound) % pattern.count] }
        let directory =
            FileManager.default.temporaryDirectory.path + "/longscan-overflow-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(random.configurationFile).write(to: URL(filePath: directory + "/config.json"))
        try Data(bytes).write(to: URL(filePath: directory + "/model.safetensors"))
        return try Model(directory: directory)
    }

    /// Of the largest number; of it and its negative in turn.
    @Test(arguments: [[0xff, 0xff, 0x7f, 0x7f], [0xff, 0xff, 0x7f, 0x7f, 0xff, 0xff, 0x7f, 0xff]] as [[UInt8]])
    func logitsThatOverflowAreAnError(pattern: [UInt8]) throws {
        let model = try overflowing(pattern)
        for options in [
            GenerateOptions(temperature: 0), GenerateOptions(), GenerateOptions(topK: 3, repetitionPenalty: 2),
        ] {
            var pass = DocumentPass(model: model, task: .generate(options), documentID: "d")
            let lane = Lane(model: model)
            _ = try pass.read([1, 2, 3], isLast: true, on: lane)
            var batch = LaneBatch<Int>(lane: lane)
            batch.add(.generate(sample: 0, atMost: 3), on: pass, tag: 1)
            #expect(batch.turn().map(\.output) == [.failure(.notFinite(position: 2))])
            #expect(throws: InferenceError.notFinite(position: 2)) {
                _ = try pass.generate(atMost: 3, sample: 0, on: lane)
            }
        }
        var pass = DocumentPass(model: model, task: .score(ScoreOptions(per: .token)), documentID: "d")
        _ = try pass.read([1, 2, 3], isLast: true, on: Lane(model: model))
    }

    @Test func aModelWithoutAHeadGivesEmbeddingsAlone() throws {
        var shape = Documents.tinyShapes[2]
        shape.tiesEmbeddings = false
        (shape.vocabularySize, shape.paddedVocabularySize) = (64, 64)
        let random = try RandomModel(shape, seed: 3)
        let bytes = random.weightsFile
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try SafetensorsHeader(
            json: Array(bytes[8..<8 + length]), dataBytes: bytes.count - 8 - length, file: "f")
        let removed = header.entries.removeValue(forKey: "lm_head.weight")
        let head = try #require(removed).range
        for name in header.entries.keys {
            guard let range = header.entries[name]?.range, range.lowerBound >= head.upperBound else { continue }
            header.entries[name]?.range = range.lowerBound - head.count..<range.upperBound - head.count
        }
        var data = Array(bytes[(8 + length)...])
        data.removeSubrange(head)
        let directory =
            FileManager.default.temporaryDirectory.path + "/longscan-headless-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(random.configurationFile).write(to: URL(filePath: directory + "/config.json"))
        try Data(header.encoded() + data).write(to: URL(filePath: directory + "/model.safetensors"))
        let files = try ModelFiles(directory: directory)
        #expect(!files.hasHead)
        try files.requireHead(for: .embed(EmbedOptions()))
        for task in [Job.Task.score(ScoreOptions()), .generate(GenerateOptions())] {
            let error = #expect(throws: ModelError.self) { try files.requireHead(for: task) }
            #expect(error.map { "\($0)".contains("'task: \(task.name)' does") } == true)
        }
        let model = try Model(files: files)
        let lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: .embed(EmbedOptions()), documentID: "d")
        #expect(try pass.read([1, 2, 3], isLast: true, on: lane).embeddings.count == 1)
        pass = DocumentPass(model: model, task: .score(ScoreOptions()), documentID: "d")
        #expect(throws: InferenceError.noHead) { _ = try pass.read([1, 2, 3], isLast: true, on: lane) }
        pass = DocumentPass(model: model, task: .generate(GenerateOptions()), documentID: "d")
        _ = try pass.read([1, 2, 3], isLast: true, on: lane)
        #expect(throws: InferenceError.noHead) { _ = try pass.generate(atMost: 1, sample: 0, on: lane) }
    }
}
