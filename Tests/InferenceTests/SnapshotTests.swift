import Checkpoints
import Inference
import Jobs
import Kernels
import Passes
import Testing

/// A pass that is written down and read back goes on with the same bytes; what is no snapshot of it is refused.
@Suite struct SnapshotTests {
    @Test(arguments: ChunkInvarianceTests.tasks.indices, Documents.tinyShapes.indices)
    func resumingAtEveryPieceGivesTheSameBytes(task: Int, shape: Int) throws {
        let task = ChunkInvarianceTests.tasks[task]
        let model = try Documents.tinyModel(shape)
        let lane = Lane(model: model)
        let tokens = Documents.tokens(900)
        for pieces in [256, 130] {
            var pass = DocumentPass(model: model, task: task, documentID: "d")
            let whole = try pass.readAll(tokens, pieces: pieces, on: lane)
            var resumed = DocumentPass(model: model, task: task, documentID: "d")
            var output = WholeOutput()
            for start in stride(from: 0, to: tokens.count, by: pieces) {
                let bytes = resumed.snapshot()
                resumed = try DocumentPass(restoring: bytes, model: model, task: task, documentID: "d")
                #expect(resumed.tokenCount == start)
                #expect(resumed.snapshot() == bytes)
                let end = min(start + pieces, tokens.count)
                output.add(
                    try resumed.read(
                        Array(tokens[start..<end]), isLast: end == tokens.count, on: Lane(model: model)))
            }
            #expect(output == whole)
        }
    }

    @Test(arguments: Documents.tinyShapes.indices)
    func generationsResumeAnywhere(shape: Int) throws {
        let table = TableOfBytes(table: (0..<64).map { [UInt8($0)] })
        let model = try Documents.tinyModel(shape, tokenBytes: table)
        let lane = Lane(model: model)
        let options = GenerateOptions(
            maxTokens: 25, repetitionPenalty: 1.2, stop: ["\u{1}\u{2}\u{3}"], samples: 3, seed: 9,
            logprobs: true, echo: true, topLogprobs: 3)
        func generate(resuming: Bool) throws -> [[StepOutput.Generated]] {
            var pass = DocumentPass(model: model, task: .generate(options), documentID: "d")
            _ = try pass.read(Documents.tokens(300), isLast: true, on: lane)
            return try (0..<3).map { number in
                var pieces: [StepOutput.Generated] = []
                while true {
                    if resuming {
                        pass = try DocumentPass(
                            restoring: pass.snapshot(), model: model, task: .generate(options), documentID: "d")
                    }
                    let piece = try pass.generate(atMost: 4, sample: number, on: lane)
                    pieces.append(piece)
                    if piece.finish != nil { return pieces }
                }
            }
        }
        #expect(try generate(resuming: true) == generate(resuming: false))
    }

    @Test func everyChangedByteIsNoticed() throws {
        let model = try Documents.tinyModel(0)
        let bytes = try snapshot(of: model)
        for position in stride(from: 0, to: bytes.count, by: 61) {
            var changed = bytes
            changed[position] ^= 4
            #expect(throws: SnapshotError.self, "byte \(position)") {
                _ = try DocumentPass(restoring: changed, model: model, task: .score(ScoreOptions()), documentID: "d")
            }
        }
        for length in [0, 7, 8, 100, bytes.count - 1] {
            #expect(throws: SnapshotError.self) {
                _ = try DocumentPass(
                    restoring: Array(bytes.prefix(length)), model: model, task: .score(ScoreOptions()), documentID: "d")
            }
        }
    }

    @Test func anotherModelIsRefused() throws {
        let model = try Documents.tinyModel(0)
        let other = try Model(random: Documents.tinyShapes[0], seed: 12)
        let bytes = try snapshot(of: model)
        #expect(throws: SnapshotError.otherModel(digest: "random:11", expected: "random:12")) {
            _ = try DocumentPass(restoring: bytes, model: other, task: .score(ScoreOptions()), documentID: "d")
        }
    }

    @Test func anotherTaskIsRefused() throws {
        let model = try Documents.tinyModel(0)
        let bytes = try snapshot(of: model)
        #expect(throws: SnapshotError.malformed(reason: "it is of task score, not embed")) {
            _ = try DocumentPass(restoring: bytes, model: model, task: .embed(EmbedOptions()), documentID: "d")
        }
    }

    @Test func anotherDataTypeIsRefused() throws {
        let rounded = try Model(random: Documents.tinyShapes[0], seed: 11, dataType: .bfloat16)
        let bytes = try snapshot(of: rounded)
        #expect(throws: SnapshotError.malformed(reason: "it is of data type bfloat16, not float32")) {
            let model = try Documents.tinyModel(0)
            _ = try DocumentPass(restoring: bytes, model: model, task: .score(ScoreOptions()), documentID: "d")
        }
        _ = try DocumentPass(restoring: bytes, model: rounded, task: .score(ScoreOptions()), documentID: "d")
    }

    private func snapshot(of model: Model) throws -> [UInt8] {
        var pass = DocumentPass(model: model, task: .score(ScoreOptions()), documentID: "d")
        _ = try pass.read(Documents.tokens(300), isLast: false, on: Lane(model: model))
        return pass.snapshot()
    }
}
