import Checkpoints
import Kernels
import Mamba
import Testing

/// Checkpoints of the model below its head, and models below the names of modules that hold them.
@Suite struct HeadlessTests {
    private static let untied: ModelConfiguration = {
        var configuration = CheckpointTests.configuration
        configuration.tiesEmbeddings = false
        return configuration
    }()

    private func checkpoint(_ rename: (String) -> String, head: String?) throws -> Checkpoint {
        let directory = try TemporaryDirectory()
        var tensors: [String: CheckpointTests.Stored] = [:]
        for (name, tensor) in CheckpointTests.tensors() { tensors[rename(name)] = tensor }
        if let head { tensors[head] = CheckpointTests.tensors()["backbone.embeddings.weight"] }
        try directory.write(tensors, to: "model.safetensors")
        return try Checkpoint(directory: directory.path)
    }

    private static let spellings: [@Sendable (String) -> String] = [
        { $0 }, { String($0.dropFirst("backbone.".count)) },
        { "model." + $0.dropFirst("backbone.".count) }, { "model." + $0 }, { "module." + $0 },
        { $0.replacing("embeddings", with: "embedding") },
        { "model." + $0.dropFirst("backbone.".count).replacing("embeddings", with: "embedding") },
    ]
    private static let heads = [
        "lm_head.weight", "lm_head.weight", "model.lm_head.weight", "model.lm_head.weight", "module.lm_head.weight",
        "lm_head.weight", "lm_head.weight",
    ]

    @Test(arguments: spellings.indices) func aModelWithoutAHeadGivesRows(spelling: Int) throws {
        let checkpoint = try checkpoint(Self.spellings[spelling], head: nil)
        #expect(checkpoint.problems(for: Self.untied).isEmpty)
        #expect(checkpoint.lacksHead(of: Self.untied))
        let model = try LanguageModel(configuration: Self.untied, source: checkpoint.source, arithmetic: Arithmetic())
        #expect(!model.hasHead)
        let whole = try LanguageModel(
            configuration: CheckpointTests.configuration, source: self.checkpoint({ $0 }, head: nil).source,
            arithmetic: Arithmetic())
        #expect(Reading([0, 1, 2, 1], with: model).hidden == Reading([0, 1, 2, 1], with: whole).hidden)
    }

    @Test(arguments: spellings.indices) func theHeadIsFoundUnderEachName(spelling: Int) throws {
        let checkpoint = try checkpoint(Self.spellings[spelling], head: Self.heads[spelling])
        #expect(checkpoint.problems(for: Self.untied).isEmpty)
        #expect(!checkpoint.lacksHead(of: Self.untied))
        #expect(
            try LanguageModel(configuration: Self.untied, source: checkpoint.source, arithmetic: Arithmetic()).hasHead)
        // Tied checkpoints may have it twice.
        #expect(checkpoint.problems(for: CheckpointTests.configuration).isEmpty)
        _ = try LanguageModel(
            configuration: CheckpointTests.configuration, source: checkpoint.source, arithmetic: Arithmetic())
    }

    @Test func aTiedModelHasItsHeadInItsEmbedding() throws {
        #expect(try !checkpoint({ $0 }, head: nil).lacksHead(of: CheckpointTests.configuration))
    }

    @Test func aHeadOfAnotherShapeIsRefused() throws {
        let directory = try TemporaryDirectory()
        var tensors = CheckpointTests.tensors()
        tensors["lm_head.weight"] = ("F32", [1, 2], [UInt8](repeating: 0, count: 8))
        try directory.write(tensors, to: "model.safetensors")
        let checkpoint = try Checkpoint(directory: directory.path)
        #expect(checkpoint.problems(for: Self.untied).count == 1)
    }
}
