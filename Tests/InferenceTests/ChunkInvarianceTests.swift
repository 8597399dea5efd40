import Jobs
import Passes
import Testing

/// A document gives the same bytes whatever the sizes of its pieces.
@Suite struct ChunkInvarianceTests {
    static let tasks: [Job.Task] = [
        .embed(EmbedOptions(pooling: .mean)),
        .embed(EmbedOptions(pooling: .last, normalize: false)),
        .embed(EmbedOptions(pooling: .mean, windowTokens: 100)),
        .embed(EmbedOptions(pooling: .last, windowTokens: 300)),
        .embed(EmbedOptions(pooling: .mean, windowTokens: 256, normalize: false)),
        .score(ScoreOptions(per: .token, logprobs: true)),
        .score(ScoreOptions(per: .token, windowTokens: 100)),
        .score(ScoreOptions(per: .token, windowTokens: 256)),
        .score(ScoreOptions(per: .token, windowTokens: 600, logprobs: true)),
        .generate(GenerateOptions(maxTokens: 0, logprobs: true, echo: true)),
        .generate(GenerateOptions(maxTokens: 0, echo: true, topLogprobs: 7)),
    ]

    @Test(arguments: tasks.indices, Documents.tinyShapes.indices)
    func tinyModels(task: Int, shape: Int) throws {
        let model = try Documents.tinyModel(shape)
        let lane = Lane(model: model)
        for length in [1, 255, 257, 1300] {
            let tokens = Documents.tokens(length)
            var pass = DocumentPass(model: model, task: Self.tasks[task], documentID: "d")
            let whole = try pass.readAll(tokens, pieces: length, on: lane)
            for pieces in [1, 97, 256, 512, 1024] {
                var pass = DocumentPass(model: model, task: Self.tasks[task], documentID: "d")
                #expect(try pass.readAll(tokens, pieces: pieces, on: lane) == whole, "\(length) tokens by \(pieces)")
            }
        }
    }

    @Test(arguments: Documents.demoNames)
    func demoModels(name: String) throws {
        let model = try Documents.demoModel(name)
        let lane = Lane(model: model)
        let tokens = Array(try Documents.referenceTokens(name, "input_ids").prefix(1500))
        for task in [Self.tasks[0], Self.tasks[3], Self.tasks[5], Self.tasks[8], Self.tasks[10]] {
            var pass = DocumentPass(model: model, task: task, documentID: "d")
            let whole = try pass.readAll(tokens, pieces: tokens.count, on: lane)
            for pieces in [256, 1024] {
                var pass = DocumentPass(model: model, task: task, documentID: "d")
                #expect(try pass.readAll(tokens, pieces: pieces, on: lane) == whole, "\(task) by \(pieces)")
            }
        }
    }

    @Test func aLastPieceMayBeEmpty() throws {
        let model = try Documents.tinyModel(0)
        let lane = Lane(model: model)
        let tokens = Documents.tokens(300)
        for task in Self.tasks {
            var pass = DocumentPass(model: model, task: task, documentID: "d")
            let whole = try pass.readAll(tokens, pieces: 300, on: lane)
            var other = DocumentPass(model: model, task: task, documentID: "d")
            var output = WholeOutput()
            output.add(try other.read(tokens, isLast: false, on: lane))
            output.add(try other.read([], isLast: true, on: lane))
            #expect(output == whole)
        }
    }
}
