import Inference
import Jobs
import Kernels
import Passes
import Testing

/// Documents that a lane works on side by side: each has the bytes it has alone.
@Suite struct LaneBatchTests {
    /// Reading and generating, in steps of any size, joining and leaving at any time.
    @Test(arguments: Documents.tinyShapes.indices, DataType.allCases)
    func everyDocumentHasWhatItHasAlone(shape: Int, dataType: DataType) throws {
        let model = try Model(random: Documents.tinyShapes[shape], seed: 11, dataType: dataType)
        let lane = Lane(model: model)
        let alone = try BatchedDocument.all.map { try $0.alone(on: lane) }
        // The company changes as samples of many lengths complete.
        #expect(Set(alone.map(\.generated.tokens.count)).count > 10)
        for (side, atMost) in [(1, 7), (3, 1), (11, 5), (64, 60)] {
            let together = try BatchedDocument.together(BatchedDocument.all, sideBySide: side, atMost: atMost, on: lane)
            for (number, document) in together.enumerated() {
                #expect(document == alone[number], "document \(number), \(side) side by side, \(atMost) at a time")
            }
        }
    }

    @Test func oneThatFailsLeavesTheOthersAlone() throws {
        let lane = Lane(model: try Documents.tinyModel(0))
        let fine = BatchedDocument(number: 4, task: .generate(GenerateOptions(maxTokens: 9, seed: 3)), length: 117)
        let expected = try fine.alone(on: lane)
        var batch = LaneBatch<String>(lane: lane)
        let stopping = Job.Task.generate(GenerateOptions(maxTokens: 3, stop: ["x"]))
        var pass = DocumentPass(model: lane.model, task: stopping, documentID: "s")
        _ = try pass.read([1], isLast: true, on: lane)
        batch.add(.generate(sample: 0, atMost: 3), on: pass, tag: "stop")
        func add(_ tokens: [Int32], _ tag: String) {
            let pass = DocumentPass(model: lane.model, task: .score(ScoreOptions()), documentID: tag)
            batch.add(.read(tokens: tokens, isLast: true), on: pass, tag: tag)
        }
        add([1, 64, 3], "unknown")
        add([], "empty")
        var good = DocumentPass(model: lane.model, task: fine.task, documentID: fine.id)
        _ = try good.read(fine.tokens, isLast: true, on: lane)
        batch.add(.generate(sample: 0, atMost: 60), on: good, tag: "good")
        var errors: [String: InferenceError] = [:]
        var generated = StepOutput.Generated()
        while !batch.isEmpty {
            for finished in batch.turn() {
                switch finished.output {
                case .success(let output):
                    generated = try #require(output.generated, "\(finished.tag) was read")
                case .failure(let error): errors[finished.tag] = error
                }
            }
        }
        #expect(
            errors == [
                "stop": .stopStringsWithoutTokenizer, "empty": .emptyDocument,
                "unknown": .tokenOutOfRange(64, position: 1, vocabularySize: 64),
            ])
        #expect(generated == expected.generated)
    }

    @Test func aCutGenerationGoesOnWhereItEnded() throws {
        let lane = Lane(model: try Documents.tinyModel(2))
        let document = BatchedDocument(number: 1, task: .generate(GenerateOptions(maxTokens: 30, seed: 3)), length: 40)
        let expected = try document.alone(on: lane).generated
        var pass = DocumentPass(model: lane.model, task: document.task, documentID: document.id)
        _ = try pass.read(document.tokens, isLast: true, on: lane)
        var batch = LaneBatch<Void>(lane: lane)
        var whole = StepOutput.Generated()
        for turns in [0, 7] {
            batch.add(.generate(sample: 0, atMost: 256), on: pass, tag: ())
            for _ in 0..<turns { #expect(batch.turn().isEmpty) }
            batch.cutGenerations()
            let finished = try #require(batch.turn().first)
            pass = finished.pass
            let part = try #require(try finished.output.get().generated)
            // None at all would say that there are no more.
            #expect(part.tokens.count == max(1, turns))
            whole.add(part)
        }
        whole.add(try pass.generate(atMost: 256, sample: 0, on: lane))
        #expect(whole == expected)
    }

    /// Short ones are read by one pass over the weights, long ones by a pass for each block; nobody waits for a long
    /// one to end that would have room beside it.
    @Test func shortDocumentsShareAPass() throws {
        let lane = Lane(model: try Documents.tinyModel(0))
        var batch = LaneBatch<Int>(lane: lane)
        for (number, length) in [100, 100, 300, 50, 6].enumerated() {
            let pass = DocumentPass(model: lane.model, task: .embed(EmbedOptions()), documentID: "\(number)")
            batch.add(.read(tokens: Documents.tokens(length), isLast: true), on: pass, tag: number)
        }
        #expect(batch.turn().map(\.tag) == [0, 1, 3, 4])
        #expect(batch.turn().isEmpty)
        #expect(batch.turn().map(\.tag) == [2])
        #expect(batch.isEmpty)
    }
}

/// A document with a task of its own.
private struct BatchedDocument {
    var number: Int
    var task: Job.Task
    var length: Int

    var id: String { "d\(number)" }
    var tokens: [Int32] { Array(Documents.tokens(length + number).dropFirst(number)) }

    /// Lengths within a block, at its end, and of several blocks; all tasks.
    static let all = (0..<24).map { number in
        let length = [1, 30, 255, 256, 257, 600, 90, 12][number % 8] + number / 8
        let task: Job.Task =
            switch number % 6 {
            case 0: .embed(EmbedOptions(windowTokens: number == 12 ? 100 : nil))
            case 1: .score(ScoreOptions(windowTokens: number == 13 ? 70 : nil, logprobs: true))
            case 2: .generate(GenerateOptions(maxTokens: 40, seed: 5, logprobs: true, echo: true, topLogprobs: 2))
            default: .generate(GenerateOptions(maxTokens: 1 + 2 * number, repetitionPenalty: 1.2, seed: 3))
            }
        return BatchedDocument(number: number, task: task, length: length)
    }

    fileprivate struct Whole: Equatable {
        var read = WholeOutput()
        var generated = StepOutput.Generated()
    }

    var isGenerated: Bool { if case .generate = task { true } else { false } }

    func alone(on lane: Lane) throws -> Whole {
        var pass = DocumentPass(model: lane.model, task: task, documentID: id)
        var whole = Whole()
        whole.read.add(try pass.read(tokens, isLast: true, on: lane))
        if isGenerated { whole.generated = try pass.generate(atMost: 60, sample: 0, on: lane) }
        return whole
    }

    /// Chunks of a block are read, then tokens generated, as many at a time as is said.
    static func together(
        _ documents: [BatchedDocument], sideBySide: Int, atMost: Int, on lane: Lane
    ) throws -> [Whole] {
        var wholes = documents.map { _ in Whole() }
        var batch = LaneBatch<(number: Int, position: Int)>(lane: lane)
        func read(_ number: Int, from start: Int, _ pass: DocumentPass) {
            let tokens = documents[number].tokens
            let end = min(start + 256, tokens.count)
            batch.add(
                .read(tokens: Array(tokens[start..<end]), isLast: end == tokens.count), on: pass, tag: (number, end))
        }
        var (begun, open) = (0, 0)
        while begun < documents.count || open > 0 {
            if begun < documents.count, open < sideBySide {
                let document = documents[begun]
                read(begun, from: 0, DocumentPass(model: lane.model, task: document.task, documentID: document.id))
                (begun, open) = (begun + 1, open + 1)
            }
            for finished in batch.turn() {
                let (number, position) = finished.tag
                var goesOn = false
                let output = try finished.output.get()
                if let more = output.generated {
                    wholes[number].generated.add(more)
                    goesOn = more.finish == nil
                    if goesOn { batch.add(.generate(sample: 0, atMost: atMost), on: finished.pass, tag: finished.tag) }
                } else {
                    wholes[number].read.add(output)
                    goesOn = position < documents[number].tokens.count
                    if goesOn {
                        read(number, from: position, finished.pass)
                    } else if documents[number].isGenerated {
                        goesOn = true
                        batch.add(.generate(sample: 0, atMost: atMost), on: finished.pass, tag: finished.tag)
                    }
                }
                if !goesOn { open -= 1 }
            }
        }
        return wholes
    }
}

extension StepOutput.Generated {
    fileprivate mutating func add(_ more: StepOutput.Generated) {
        tokens += more.tokens
        logProbabilities += more.logProbabilities
        if let further = more.top {
            if top == nil { top = TopTokens(count: further.count) }
            top?.append(further)
        }
        finish = more.finish
        textEnd = more.textEnd
    }
}
