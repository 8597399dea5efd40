import Jobs
import Passes
import Testing

@Suite struct EmbeddingTests {
    @Test(arguments: Documents.demoNames)
    func meanAndLastRowAgreeWithTheReference(name: String) throws {
        let model = try Documents.demoModel(name)
        let lane = Lane(model: model)
        let tokens = try Documents.referenceTokens(name, "input_ids")
        for (pooling, tensor) in [(EmbedOptions.Pooling.mean, "mean_hidden"), (.last, "last_hidden")] {
            let options = EmbedOptions(pooling: pooling, normalize: false)
            var pass = DocumentPass(model: model, task: .embed(options), documentID: "d")
            let embedding = try pass.read(tokens, isLast: true, on: lane).embeddings[0]
            let reference = try Documents.reference(name, tensor)
            let difference = length(zip(embedding.vector, reference).map { $0 - $1 }) / length(reference)
            #expect(difference < 2e-3)
            #expect(embedding.tokens == 0..<tokens.count)
        }
    }

    @Test func aNormalizedEmbeddingHasLengthOneAndTheSameDirection() throws {
        let plain = try embeddings(Documents.tokens(400), EmbedOptions(normalize: false))[0].vector
        let normalized = try embeddings(Documents.tokens(400), EmbedOptions(normalize: true))[0].vector
        #expect(abs(length(normalized) - 1) < 1e-6)
        let scale = length(plain)
        #expect(zip(plain, normalized).allSatisfy { abs(Double($0) / scale - Double($1)) < 1e-6 })
    }

    @Test(arguments: [100, 256, 333])
    func windowsCoverTheDocumentAndSeeWhatIsBefore(window: Int) throws {
        let tokens = Documents.tokens(700)
        let windows = try embeddings(tokens, EmbedOptions(pooling: .mean, windowTokens: window, normalize: false))
        #expect(windows.map(\.window) == Array(windows.indices))
        #expect(windows.map(\.tokens.lowerBound) == Array(stride(from: 0, to: 700, by: window)))
        #expect(windows.last?.tokens.upperBound == 700)
        // The mean of all rows is the mean of the windows, weighted by their tokens.
        let whole = try embeddings(tokens, EmbedOptions(pooling: .mean, normalize: false))[0].vector
        for column in whole.indices {
            let sum = windows.reduce(0.0) { $0 + Double($1.vector[column]) * Double($1.tokens.count) }
            #expect(abs(sum / 700 - Double(whole[column])) < 1e-6)
        }
        // Alone, without what is before it, the second window has another embedding.
        let alone = try embeddings(
            Array(tokens[windows[1].tokens]), EmbedOptions(pooling: .mean, normalize: false))[0].vector
        #expect(alone != windows[1].vector)
    }

    @Test func theLastRowOfAWindowIsThatOfItsPrefix() throws {
        let tokens = Documents.tokens(512)
        let windows = try embeddings(tokens, EmbedOptions(pooling: .last, windowTokens: 256, normalize: false))
        let prefix = try embeddings(Array(tokens.prefix(256)), EmbedOptions(pooling: .last, normalize: false))
        #expect(windows.count == 2)
        #expect(windows[0].vector == prefix[0].vector)
    }

    @Test func aDocumentOfOneTokenHasAnEmbedding() throws {
        let embedding = try embeddings([7], EmbedOptions())[0]
        #expect(embedding.tokens == 0..<1)
        #expect(abs(length(embedding.vector) - 1) < 1e-6)
    }

    private func embeddings(_ tokens: [Int32], _ options: EmbedOptions) throws -> [StepOutput.Embedding] {
        let model = try Documents.tinyModel(2)
        var pass = DocumentPass(model: model, task: .embed(options), documentID: "d")
        return try pass.read(tokens, isLast: true, on: Lane(model: model)).embeddings
    }

    private func length(_ vector: [Float]) -> Double {
        vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
}
