import Jobs
import Passes
import Testing

/// Documents that are repeated with log probabilities before they are continued, and the likeliest tokens beside each.
@Suite struct EchoTests {
    private func bits(_ values: some Sequence<Float>) -> [UInt32] { values.map(\.bitPattern) }

    private func read(
        _ tokens: [Int32], _ task: Job.Task, _ model: Model, pieces: Int = 4096
    ) throws -> (WholeOutput, DocumentPass, Lane) {
        let lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: task, documentID: "d")
        let output = try pass.readAll(tokens, pieces: pieces, on: lane)
        return (output, pass, lane)
    }

    @Test(arguments: Documents.tinyShapes.indices, [1, 2, 256, 257, 700])
    func theDocumentsScoresAreThoseOfAScoreJob(shape: Int, length: Int) throws {
        let model = try Documents.tinyModel(shape)
        let tokens = Documents.tokens(length)
        let (score, _, _) = try read(tokens, .score(ScoreOptions(per: .token)), model)
        for options in [
            GenerateOptions(maxTokens: 3, logprobs: true, echo: true), GenerateOptions(echo: true, topLogprobs: 4),
        ] {
            let (echo, _, _) = try read(tokens, .generate(options), model, pieces: 256)
            #expect(echo.logProbabilities == score.logProbabilities)
            #expect(echo.negativeLogLikelihood == score.negativeLogLikelihood)
            #expect(echo.scoredTokens == score.scoredTokens)
            #expect(echo.logProbabilities.count == length)
            #expect(echo.isLikeliest.isEmpty)
            #expect(echo.top?.tokens.count == (options.topLogprobs > 0 ? 4 * length : nil))
        }
    }

    @Test(arguments: [
        GenerateOptions(maxTokens: 2, logprobs: true), GenerateOptions(maxTokens: 2, echo: true),
        GenerateOptions(maxTokens: 2, logprobs: true, topLogprobs: 2),
    ])
    func withoutBothNothingIsScored(options: GenerateOptions) throws {
        let (output, _, _) = try read(Documents.tokens(300), .generate(options), Documents.tinyModel(0))
        #expect(output == WholeOutput())
    }

    /// As harnesses compare them: whether a token is the likeliest is whether its log probability is that of the first.
    @Test(arguments: [0, 1])
    func aLikeliestTokenHasTheLogProbabilityOfTheFirst(shape: Int) throws {
        let model = try Documents.tinyModel(shape, tokenBytes: TableOfBytes(table: Array(repeating: [], count: 64)))
        let greedy = GenerateOptions(maxTokens: 400, temperature: 0, topLogprobs: 3)
        var (_, pass, lane) = try read([3, 1, 4], .generate(greedy), model)
        let made = try pass.generate(atMost: 400, sample: 0, on: lane)
        // Every third token is another one.
        let tokens = [3, 1, 4] + made.tokens.enumerated().map { $0 % 3 == 0 ? ($1 + 1) % 60 : $1 }
        let (score, _, _) = try read(tokens, .score(ScoreOptions(per: .token, logprobs: true)), model)
        let (echo, _, _) = try read(tokens, .generate(GenerateOptions(maxTokens: 0, echo: true, topLogprobs: 3)), model)
        let top = try #require(echo.top)
        #expect(top.tokens.prefix(3) == [-1, -1, -1])
        #expect(top.logProbabilities.prefix(3).allSatisfy { $0.isNaN })
        for index in tokens.indices.dropFirst() {
            // No padding is likelier here: the vocabulary is the whole head.
            let isFirst = top.tokens[3 * index] == tokens[index]
            let isEqual = top.logProbabilities[3 * index].bitPattern == echo.logProbabilities[index]
            #expect(score.isLikeliest[index] == isFirst && isEqual == isFirst)
        }
        #expect(Set(score.isLikeliest.dropFirst(3)).count == 2)
    }

    @Test(arguments: Documents.tinyShapes.indices)
    func generatedTokensHaveTheirDistributionsLikeliest(shape: Int) throws {
        let model = try Documents.tinyModel(shape)
        let plain = GenerateOptions(
            maxTokens: 40, temperature: 0.9, topK: 2, repetitionPenalty: 1.5, seed: 3, logprobs: true)
        var options = plain
        options.topLogprobs = 5
        func generate(_ options: GenerateOptions, atATime count: Int) throws -> StepOutput.Generated {
            var (_, pass, lane) = try read([5, 6, 7], .generate(options), model)
            var all = StepOutput.Generated()
            while all.finish == nil {
                let piece = try pass.generate(atMost: count, sample: 0, on: lane)
                all.tokens += piece.tokens
                all.logProbabilities += piece.logProbabilities
                if all.top == nil { all.top = piece.top } else if let top = piece.top { all.top?.append(top) }
                all.finish = piece.finish
            }
            return all
        }
        let made = try generate(options, atATime: 40)
        #expect(try generate(options, atATime: 7) == made)
        let without = try generate(plain, atATime: 40)
        #expect(made.tokens == without.tokens && bits(made.logProbabilities) == bits(without.logProbabilities))
        let top = try #require(made.top)
        try #require(top.tokens.count == 40 * 5)
        for (index, token) in made.tokens.enumerated() {
            let values = Array(top.logProbabilities[5 * index..<5 * index + 5])
            let tokens = Array(top.tokens[5 * index..<5 * index + 5])
            #expect(values == values.sorted(by: >))
            #expect(Set(tokens).count == 5)
            #expect(tokens.allSatisfy { $0 >= 0 && $0 < model.sampledVocabularySize })
            // The raw distribution's: the filters changed nothing.
            if let place = tokens.firstIndex(of: token) { #expect(values[place] == made.logProbabilities[index]) }
        }
    }

    @Test func paddingIsNotNamedButCounts() throws {
        // 64 rows of which 50 mean something, or 45 where the tokenizer knows less.
        let table = TableOfBytes(table: Array(repeating: [], count: 45))
        for (model, size) in [(try Documents.tinyModel(2), 50), (try Documents.tinyModel(2, tokenBytes: table), 45)] {
            let options = GenerateOptions(maxTokens: 100, temperature: 0, echo: true, topLogprobs: 20)
            let tokens = Documents.tokens(300)
            var (output, pass, lane) = try read(tokens, .generate(options), model)
            let made = try pass.generate(atMost: 100, sample: 0, on: lane)
            let ids = try #require(output.top).tokens.dropFirst(20) + #require(made.top).tokens
            #expect(ids.count == 20 * 399)
            #expect(ids.allSatisfy { (0..<Int32(size)).contains($0) })
            // Where padding is the likeliest of all rows, the token that was chosen instead is not.
            let greedy = ScoreOptions(per: .token, logprobs: true)
            let (score, _, _) = try self.read(tokens + made.tokens, .score(greedy), model)
            #expect(score.isLikeliest[300...].contains(false))
        }
    }

    @Test(
        arguments: [1, 2], [GenerateOptions(maxTokens: 0), GenerateOptions(maxTokens: 0, echo: true, topLogprobs: 2)])
    func noTokensAreNoWorkAndAnEnd(samples: Int, options: GenerateOptions) throws {
        var options = options
        options.samples = samples
        var (_, pass, lane) = try read([5], .generate(options), Documents.tinyModel(0))
        for sample in 0..<samples {
            for count in [0, 1, 0] {
                let made = try pass.generate(atMost: count, sample: sample, on: lane)
                #expect(made.tokens.isEmpty && made.finish == .length && made.textEnd == nil)
                #expect(made.top == (options.topLogprobs > 0 ? TopTokens(count: 2) : nil))
            }
        }
    }
}
