import Jobs
import Passes
import Testing

@Suite struct GenerationTests {
    @Test(arguments: Documents.demoNames)
    func greedyContinuationIsTheReferences(name: String) throws {
        let model = try Documents.demoModel(name)
        let lane = Lane(model: model)
        let prompt = Array(try Documents.referenceTokens(name, "input_ids").prefix(500))
        let expected = try Documents.referenceTokens(name, "greedy_after_500")
        var pass = DocumentPass(
            model: model, task: .generate(GenerateOptions(maxTokens: 48, temperature: 0)), documentID: "d")
        _ = try pass.read(prompt, isLast: true, on: lane)
        let generated = try pass.generate(atMost: 100, sample: 0, on: lane)
        #expect(generated.tokens == expected)
        #expect(generated.finish == .length)
        #expect(generated.logProbabilities.count == 48)
    }

    @Test(arguments: Documents.tinyShapes.indices)
    func theTokensDoNotDependOnHowManyAreAskedForAtATime(shape: Int) throws {
        let options = GenerateOptions(maxTokens: 40, repetitionPenalty: 1.1, samples: 2, seed: 5)
        let whole = try samples(shape, options, atATime: 40)
        for atATime in [1, 7, 39] { #expect(try samples(shape, options, atATime: atATime) == whole) }
        #expect(whole.map(\.tokens.count) == [40, 40])
    }

    @Test func samplesDifferAndEachIsTheSameAlone() throws {
        let options = GenerateOptions(maxTokens: 30, samples: 3, seed: 1)
        let all = try samples(0, options, atATime: 30)
        #expect(Set(all.map(\.tokens)).count == 3)
        for number in 0..<3 { #expect(try samples(0, options, atATime: 30, only: number) == [all[number]]) }
    }

    @Test func seedAndDocumentChangeTheTokens() throws {
        let first = try samples(0, GenerateOptions(maxTokens: 30, seed: 1), atATime: 30)
        #expect(try samples(0, GenerateOptions(maxTokens: 30, seed: 1), atATime: 30) == first)
        #expect(try samples(0, GenerateOptions(maxTokens: 30, seed: 2), atATime: 30) != first)
        #expect(try samples(0, GenerateOptions(maxTokens: 30, seed: 1), atATime: 30, documentID: "e") != first)
    }

    @Test func aTokenThatEndsTextsIsNotPartOfTheText() throws {
        let options = GenerateOptions(maxTokens: 30, seed: 1)
        let tokens = try samples(0, options, atATime: 30)[0].tokens
        let end = tokens[10]
        let first = tokens.firstIndex(of: end)!
        let model = try Documents.tinyModel(0, endOfText: [end])
        let ended = try samples(model, options, atATime: 30)[0]
        #expect(ended.tokens == Array(tokens[..<first]))
        #expect(ended.finish == .stop)
        #expect(ended.textEnd == nil)
    }

    @Test func stopStringsAreFoundAcrossTokens() throws {
        let table = TableOfBytes(table: (0..<61).map { [UInt8(ascii: "A") + UInt8($0) % 26, UInt8($0)] })
        let model = try Documents.tinyModel(0, tokenBytes: table)
        let tokens = try samples(model, GenerateOptions(maxTokens: 30, seed: 1), atATime: 30)[0].tokens
        let text = tokens.flatMap { table.table[Int($0)] }
        // The last byte of one token and the first of the next.
        let stop = String(decoding: text[19...20], as: UTF8.self)
        let first = (0..<text.count - 1).first { Array(text[$0...$0 + 1]) == Array(stop.utf8) }!
        for atATime in [1, 30] {
            let options = GenerateOptions(maxTokens: 30, stop: ["not there", stop], seed: 1)
            let stopped = try samples(model, options, atATime: atATime)[0]
            #expect(stopped.finish == .stop)
            #expect(stopped.textEnd == first)
            #expect(stopped.tokens == Array(tokens[...((first + 1) / 2)]))
        }
    }

    @Test func stopStringsNeedATokenizer() throws {
        #expect(throws: InferenceError.stopStringsWithoutTokenizer) {
            _ = try samples(0, GenerateOptions(maxTokens: 3, stop: ["x"]), atATime: 3)
        }
    }

    @Test func paddingIsNotSampled() throws {
        // 64 rows of which 50 mean something, or 45 where the tokenizer knows less.
        #expect(try samples(2, GenerateOptions(maxTokens: 300), atATime: 300)[0].tokens.allSatisfy { $0 < 50 })
        let table = TableOfBytes(table: Array(repeating: [], count: 45))
        let model = try Documents.tinyModel(2, tokenBytes: table)
        #expect(try samples(model, GenerateOptions(maxTokens: 300), atATime: 300)[0].tokens.allSatisfy { $0 < 45 })
    }

    @Test func aStrongPenaltyKeepsSeenTokensAway() throws {
        let options = GenerateOptions(maxTokens: 20, temperature: 0, repetitionPenalty: 1e6)
        let model = try Documents.tinyModel(1)
        let prompt = Documents.tokens(5)
        var pass = DocumentPass(model: model, task: .generate(options), documentID: "d")
        let lane = Lane(model: model)
        _ = try pass.read(prompt, isLast: true, on: lane)
        let tokens = try pass.generate(atMost: 20, sample: 0, on: lane).tokens
        #expect(Set(tokens + prompt).count == 25)
    }

    @Test func logProbabilitiesAreThoseBeforeTheFilters() throws {
        let filtered = try samples(0, GenerateOptions(maxTokens: 1, topK: 1), atATime: 1)[0]
        let greedy = try samples(0, GenerateOptions(maxTokens: 1, temperature: 0), atATime: 1)[0]
        #expect(filtered == greedy)
        #expect(filtered.logProbabilities[0] < 0)
    }

    @Test func noTokensAreNoWork() throws {
        let nothing = try samples(0, GenerateOptions(maxTokens: 0), atATime: 5)[0]
        #expect(nothing.tokens.isEmpty)
        #expect(nothing.finish == .length)
    }

    private func samples(
        _ shape: Int, _ options: GenerateOptions, atATime count: Int, only: Int? = nil, documentID: String = "d"
    ) throws -> [StepOutput.Generated] {
        try samples(
            Documents.tinyModel(shape), options, atATime: count, only: only, documentID: documentID)
    }

    /// Every sample of a document, or one, each put together from its pieces.
    private func samples(
        _ model: Model, _ options: GenerateOptions, atATime count: Int, only: Int? = nil, documentID: String = "d"
    ) throws -> [StepOutput.Generated] {
        let lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: .generate(options), documentID: documentID)
        _ = try pass.read([3, 1, 4, 1, 5, 9, 2, 6], isLast: true, on: lane)
        return try (0..<options.samples).filter { only == nil || $0 == only }.map { number in
            var sample = StepOutput.Generated()
            while sample.finish == nil {
                let piece = try pass.generate(atMost: count, sample: number, on: lane)
                sample.tokens += piece.tokens
                sample.logProbabilities += piece.logProbabilities
                sample.finish = piece.finish
                sample.textEnd = piece.textEnd
            }
            return sample
        }
    }
}
