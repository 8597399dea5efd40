import Jobs
import Passes
import Testing

@Suite struct ScoringTests {
    @Test(arguments: Documents.demoNames)
    func tokenLogProbabilitiesAgreeWithTheReference(name: String) throws {
        let model = try Documents.demoModel(name)
        let tokens = try Documents.referenceTokens(name, "input_ids")
        var pass = DocumentPass(model: model, task: .score(ScoreOptions(per: .token)), documentID: "d")
        let scores = try pass.read(tokens, isLast: true, on: Lane(model: model))
        let reference = try Documents.reference(name, "token_logprobs")
        #expect(scores.tokenLogProbabilities.count == tokens.count)
        #expect(scores.tokenLogProbabilities[0].isNaN)
        #expect(zip(scores.tokenLogProbabilities.dropFirst(), reference).allSatisfy { abs($0 - $1) < 2e-3 })
        #expect(scores.scoredTokens == tokens.count - 1)
        #expect(
            scores.negativeLogLikelihood == -scores.tokenLogProbabilities.dropFirst().reduce(0.0) { $0 + Double($1) })
    }

    @Test(arguments: [10, 100, 256, 300])
    func aWindowIsScoredAsADocumentOfItsOwn(window: Int) throws {
        let model = try Documents.tinyModel(1)
        let lane = Lane(model: model)
        let tokens = Documents.tokens(700)
        let windowed = try scores(tokens, ScoreOptions(windowTokens: window), model, lane)
        var sum = 0.0
        for start in stride(from: 0, to: tokens.count, by: window) {
            let part = Array(tokens[start..<min(start + window, tokens.count)])
            let alone = try scores(part, ScoreOptions(), model, lane)
            let range = start..<start + part.count
            #expect(bits(windowed.tokenLogProbabilities[range]) == bits(alone.tokenLogProbabilities[...]))
            for logProbability in alone.tokenLogProbabilities.dropFirst() { sum -= Double(logProbability) }
        }
        #expect(windowed.negativeLogLikelihood == sum)
        #expect(windowed.scoredTokens == 700 - (700 + window - 1) / window)
    }

    @Test func theLikeliestTokenIsMarked() throws {
        let model = try Documents.tinyModel(0)
        let lane = Lane(model: model)
        var pass = DocumentPass(
            model: model, task: .generate(GenerateOptions(maxTokens: 20, temperature: 0)), documentID: "d")
        _ = try pass.read([1, 2, 3], isLast: true, on: lane)
        let greedy = try pass.generate(atMost: 20, sample: 0, on: lane)
        let options = ScoreOptions(per: .token, logprobs: true)
        let found = try scores([1, 2, 3] + greedy.tokens, options, model, lane)
        #expect(Array(found.isLikeliest[3...]) == Array(repeating: true, count: 20))
        let other = try scores([1, 2, 3] + greedy.tokens.map { ($0 + 1) % 50 }, options, model, lane)
        #expect(!other.isLikeliest[3])
        #expect(zip(found.tokenLogProbabilities[3...], greedy.logProbabilities).allSatisfy { abs($0 - $1) < 1e-4 })
    }

    @Test func aDocumentOfOneTokenHasNoScore() throws {
        let model = try Documents.tinyModel(0)
        let found = try scores([5], ScoreOptions(), model, Lane(model: model))
        #expect(found.tokenLogProbabilities.count == 1)
        #expect(found.tokenLogProbabilities[0].isNaN)
        #expect(found.scoredTokens == 0)
        #expect(found.negativeLogLikelihood == 0)
    }

    private func scores(
        _ tokens: [Int32], _ options: ScoreOptions, _ model: Model, _ lane: Lane
    ) throws -> StepOutput {
        var pass = DocumentPass(model: model, task: .score(options), documentID: "d")
        return try pass.read(tokens, isLast: true, on: lane)
    }

    private func bits(_ values: ArraySlice<Float>) -> [UInt32] { values.map(\.bitPattern) }
}
