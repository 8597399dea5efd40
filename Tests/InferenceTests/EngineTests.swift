import Jobs
import Passes
import Testing

/// The tasks with an engine that has no model, no kernels and no rows: what they need of one is what it is asked for.
@Suite struct EngineTests {
    private let engine = PretendEngine()
    private let model: Model

    init() {
        let table = TableOfBytes(table: (0..<37).map { [UInt8(97 + $0 % 26)] })
        model = Model(engine: engine, digest: "pretend", endOfText: [36], tokenBytes: table)
    }

    private static func tokens(_ count: Int, seed: Int = 0) -> [Int32] {
        (0..<count).map { Int32(($0 * 17 + seed * 5 + $0 / 13) % 40) }
    }

    private func pass(_ task: Job.Task, _ id: String = "d") -> DocumentPass {
        DocumentPass(model: model, task: task, documentID: id)
    }

    @Test func passesAreAsLargeAsTheEngineTakes() throws {
        var pass = pass(.embed(EmbedOptions()))
        _ = try pass.read(Self.tokens(3000), isLast: true, on: Lane(model: model))
        #expect(engine.passes.map(\.rows) == [1024, 1024, 952])
    }

    @Test func documentsSharePassesAsTheEngineTakesThem() throws {
        var batch = LaneBatch<Int>(lane: Lane(model: model))
        for (number, length) in [300, 300, 2000, 100].enumerated() {
            batch.add(.read(tokens: Self.tokens(length), isLast: true), on: pass(.embed(EmbedOptions())), tag: number)
        }
        #expect(batch.turn().map(\.tag) == [0, 1, 3])
        #expect(batch.turn().isEmpty)
        #expect(batch.turn().map(\.tag) == [2])
        // A block of the long one beside the two first, then what is there.
        #expect(engine.passes.map(\.rows) == [956, 1024, 720])
        #expect(engine.passes.map(\.documents) == [4, 1, 1])
    }

    @Test(arguments: [nil, 100, 256, 700]) func meansAreOfTheEnginesSums(window: Int?) throws {
        let tokens = Self.tokens(1500)
        let options = EmbedOptions(windowTokens: window, normalize: false)
        for pieces in [256, 1024, 1500] {
            var pass = pass(.embed(options))
            let found = try pass.readAll(tokens, pieces: pieces, on: Lane(model: model)).embeddings
            var memory = PretendMemory()
            var sums = [Double](repeating: 0, count: 4)
            var expected: [[Float]] = []
            var rows = 0
            for (place, token) in tokens.enumerated() {
                memory.read(token)
                for column in 0..<4 { sums[column] += Double(memory.row[column]) }
                rows += 1
                if rows == window || place == tokens.count - 1 {
                    expected.append(sums.map { Float($0 / Double(rows)) })
                    (rows, sums) = (0, sums.map { _ in 0 })
                }
            }
            #expect(found.map(\.vector) == expected)
        }
    }

    @Test func scoresAreTheEngines() throws {
        let tokens = Self.tokens(700)
        var pass = pass(.score(ScoreOptions(per: .token, windowTokens: 300, logprobs: true)))
        let found = try pass.readAll(tokens, pieces: 512, on: Lane(model: model))
        var memory = PretendMemory()
        let expected = tokens.enumerated().map { place, token in
            if place % 300 == 0 { memory = PretendMemory() }
            defer { memory.read(token) }
            return memory.offset == 0 ? Float.nan : memory.score(of: token)
        }
        #expect(found.logProbabilities == expected.map(\.bitPattern))
        #expect(found.scoredTokens == 697 && found.isLikeliest.count == 700)
    }

    private static let generation = GenerateOptions(
        maxTokens: 30, repetitionPenalty: 1.1, stop: ["zzzz"], samples: 2, seed: 4, echo: true, topLogprobs: 3)

    @Test func tokensAreTheEnginesChoice() throws {
        let prompt = Self.tokens(400)
        var pass = pass(.generate(Self.generation))
        let lane = Lane(model: model)
        let read = try pass.readAll(prompt, pieces: 256, on: lane)
        #expect(read.top?.tokens.count == 3 * 400)
        var start = PretendMemory()
        prompt.forEach { start.read($0) }
        for sample in 0..<2 {
            let made = try pass.generate(atMost: 30, sample: sample, on: lane)
            #expect(!made.tokens.isEmpty)
            var memory = start
            for (token, logProbability) in zip(made.tokens, made.logProbabilities) {
                #expect(logProbability == memory.score(of: token))
                memory.read(token)
            }
        }
    }

    /// Every document in company, and by way of snapshots that another engine of the kind reads, as it is alone.
    @Test(arguments: [1, 4, 12]) func companyAndSnapshotsChangeNothing(sideBySide: Int) throws {
        let tasks: [Job.Task] = [
            .embed(EmbedOptions(windowTokens: 90)), .embed(EmbedOptions(pooling: .last, windowTokens: 300)),
            .score(ScoreOptions(per: .token, windowTokens: 70, logprobs: true)), .generate(Self.generation),
        ]
        let documents = (0..<20).map { (task: tasks[$0 % 4], tokens: Self.tokens(150 * $0 + 1, seed: $0)) }
        let lane = Lane(model: model)
        let alone = try documents.enumerated().map { number, document in
            var pass = pass(document.task, "\(number)")
            var whole = Whole(read: try pass.readAll(document.tokens, pieces: .max / 2, on: lane))
            guard case .generate(let options) = document.task else { return whole }
            for sample in 0..<options.samples {
                whole.add(try pass.generate(atMost: 30, sample: sample, on: lane), sample)
            }
            return whole
        }
        #expect(try together(documents, sideBySide) == alone)
    }

    private struct Whole: Equatable {
        var read = WholeOutput()
        var samples: [[Int32]] = []

        mutating func add(_ made: StepOutput.Generated, _ sample: Int) {
            if samples.count == sample { samples.append([]) }
            samples[sample] += made.tokens
        }
    }

    private func together(_ documents: [(task: Job.Task, tokens: [Int32])], _ sideBySide: Int) throws -> [Whole] {
        let other = Model(
            engine: PretendEngine(), digest: "pretend", endOfText: [36], tokenBytes: model.tokenBytes)
        var wholes = documents.map { _ in Whole() }
        // Two machines that hand the documents to each other after every step.
        var batches = [model, other].map { LaneBatch<(number: Int, read: Int, sample: Int)>(lane: Lane(model: $0)) }
        func readNext(_ number: Int, _ read: Int, _ pass: consuming DocumentPass, _ batch: Int) {
            let end = min(read + 512, documents[number].tokens.count)
            batches[batch].add(
                .read(
                    tokens: Array(documents[number].tokens[read..<end]), isLast: end == documents[number].tokens.count),
                on: pass, tag: (number, end, 0))
        }
        var (begun, open) = (0, 0)
        while begun < documents.count || open > 0 {
            while begun < documents.count, open < sideBySide {
                readNext(begun, 0, pass(documents[begun].task, "\(begun)"), 0)
                (begun, open) = (begun + 1, open + 1)
            }
            for batch in 0..<2 {
                for finished in batches[batch].turn() {
                    let (number, read, sample) = finished.tag
                    let (task, tokens) = documents[number]
                    let heir = try DocumentPass(
                        restoring: finished.pass.snapshot(), model: batch == 0 ? other : model, task: task,
                        documentID: "\(number)")
                    var next = sample
                    let output = try finished.output.get()
                    if let made = output.generated {
                        wholes[number].add(made, sample)
                        if made.finish != nil { next += 1 }
                    } else {
                        wholes[number].read.add(output)
                    }
                    if read < tokens.count {
                        readNext(number, read, heir, 1 - batch)
                    } else if case .generate(let options) = task, next < options.samples {
                        batches[1 - batch].add(.generate(sample: next, atMost: 7), on: heir, tag: (number, read, next))
                    } else {
                        open -= 1
                    }
                }
            }
        }
        return wholes
    }

    @Test func aSnapshotOfAnotherShapeIsRefused() throws {
        let tiny = try Documents.tinyModel(0)
        var pass = DocumentPass(model: tiny, task: .embed(EmbedOptions()), documentID: "d")
        _ = try pass.read([1, 2], isLast: false, on: Lane(model: tiny))
        let disguised = Model(engine: engine, digest: tiny.digest)
        #expect(throws: (any Error).self) {
            _ = try DocumentPass(
                restoring: pass.snapshot(), model: disguised, task: .embed(EmbedOptions()), documentID: "d")
        }
    }
}
