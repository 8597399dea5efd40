import Inference
import Jobs
import Kernels
import Testing

/// Documents that decode together: each has the bytes it has alone.
@Suite struct DecodeBatchTests {
    @Test(arguments: Documents.tinyShapes.indices, DataType.allCases)
    func everyDocumentHasTheTokensItHasAlone(shape: Int, dataType: DataType) throws {
        let model = try Model(random: Documents.tinyShapes[shape], seed: 11, dataType: dataType)
        let lane = Lane(model: model)
        let alone = try (0..<19).map { number in
            var pass = try read(number, on: lane)
            return try pass.generate(atMost: 60, sample: 0, on: lane)
        }
        // The sizes of batches change as samples of 1 to 37 tokens complete.
        #expect(Set(alone.map(\.tokens.count)).count == 19)
        for atATime in [1, 5, 60] {
            var passes = try (0..<19).map { try read($0, on: lane) }
            var whole = Array(repeating: GeneratedTokens(), count: 19)
            for _ in stride(from: 0, to: 60, by: atATime) {
                let results = lane.generate(&passes, atMost: atATime, samples: Array(repeating: 0, count: 19))
                for (number, result) in results.enumerated() { whole[number].add(try result.get()) }
            }
            #expect(whole == alone, "\(atATime) at a time")
        }
        // Late joiners, and other company.
        var passes = try [read(18, on: lane), read(3, on: lane)]
        let first = lane.generate(&passes, atMost: 5, samples: [0, 0])
        passes = try [read(9, on: lane), passes[0], read(17, on: lane)]
        let second = lane.generate(&passes, atMost: 60, samples: [0, 0, 0])
        var joined = try first[0].get()
        joined.add(try second[1].get())
        #expect(joined == alone[18])
        #expect(try second[0].get() == alone[9])
        #expect(try second[2].get() == alone[17])
    }

    @Test func oneThatFailsLeavesTheOthersAlone() throws {
        let lane = Lane(model: try Documents.tinyModel(0))
        var alone = try read(4, on: lane)
        let expected = try alone.generate(atMost: 60, sample: 0, on: lane)
        var stopping = DocumentPass(
            model: lane.model, task: .generate(GenerateOptions(maxTokens: 3, stop: ["x"])), documentID: "s")
        _ = try stopping.read([1], isLast: true, on: lane)
        var passes = [stopping, try read(4, on: lane)]
        let results = lane.generate(&passes, atMost: 60, samples: [0, 0])
        #expect(throws: InferenceError.stopStringsWithoutTokenizer) { try results[0].get() }
        #expect(try results[1].get() == expected)
    }

    /// A document of its own length, which generates a number of tokens of its own.
    private func read(_ number: Int, on lane: Lane) throws -> DocumentPass {
        let options = GenerateOptions(maxTokens: 1 + 2 * number, seed: 3)
        var pass = DocumentPass(model: lane.model, task: .generate(options), documentID: "d\(number)")
        _ = try pass.read(Documents.tokens(1 + number * 29), isLast: true, on: lane)
        return pass
    }
}

extension GeneratedTokens {
    fileprivate mutating func add(_ more: GeneratedTokens) {
        tokens += more.tokens
        logProbabilities += more.logProbabilities
        finish = more.finish
        keptBytes = more.keptBytes
    }
}
