import Checkpoints
import Inference
import Jobs
import Kernels
import Passes
import Testing

/// Scores of documents that came as tokens, against log softmax and argmax of the logits of Hugging Face transformers,
/// in float64: what `lm_eval` adds up.
@Suite struct ScoreReferenceTests {
    /// Two logits may each be off by this much: see `KnownAnswersTests` of the models.
    private static let tolerance = 5e-4

    private struct Reference {
        let tokens: [Int32]
        /// ln p, [tokens, vocabulary].
        let rows: [[Double]]

        init(_ name: String) throws {
            let path = Documents.checkpointDirectory(name) + "/expected.safetensors"
            let logits = try SafetensorsFile(path: path).tensor("logits")!.elements.array.map(Double.init)
            tokens = try Documents.tokens(path, "input_ids")
            let columns = logits.count / tokens.count
            rows = tokens.indices.map { row in
                let values = logits[row * columns..<(row + 1) * columns]
                let largest = values.max()!
                let sum = values.reduce(0) { $0 + exponential($1 - largest) }
                return values.map { $0 - largest - naturalLogarithm(sum) }
            }
        }
    }

    @Test(arguments: Documents.checkpointNames)
    func scoresAreLogSoftmaxAndArgmax(name: String) throws {
        let reference = try Reference(name)
        let model = try Model(directory: Documents.checkpointDirectory(name))
        var pass = DocumentPass(
            model: model, task: .score(ScoreOptions(per: .token, logprobs: true)), documentID: "d")
        let found = try pass.read(reference.tokens, isLast: true, on: Lane(model: model))
        try #require(found.tokenLogProbabilities.count == reference.tokens.count)
        var sum = 0.0
        for index in reference.tokens.indices.dropFirst() {
            let row = reference.rows[index - 1]
            let expected = row[Int(reference.tokens[index])]
            #expect(abs(Double(found.tokenLogProbabilities[index]) - expected) < 2 * Self.tolerance)
            sum -= expected
            let best = row.indices.max { row[$0] < row[$1] }!
            let isClose = row.indices.contains { $0 != best && row[best] - row[$0] < 2 * Self.tolerance }
            if !isClose { #expect(found.isLikeliest[index] == (Int(reference.tokens[index]) == best)) }
        }
        #expect(abs(found.negativeLogLikelihood - sum) < 2 * Self.tolerance * Double(reference.tokens.count))
    }

    /// The last token replaced by each candidate for the likeliest: said of the reference's argmax and of no other.
    @Test(arguments: Documents.checkpointNames)
    func theLikeliestIsTheReferencesArgmax(name: String) throws {
        let reference = try Reference(name)
        let model = try Model(directory: Documents.checkpointDirectory(name))
        let lane = Lane(model: model)
        for length in stride(from: 1, to: reference.tokens.count, by: 13) {
            let row = reference.rows[length - 1]
            let order = row.indices.sorted { row[$0] > row[$1] }
            guard row[order[0]] - row[order[1]] > 2 * Self.tolerance else { continue }
            for (place, candidate) in order.prefix(2).enumerated() {
                var pass = DocumentPass(
                    model: model, task: .score(ScoreOptions(per: .token, logprobs: true)), documentID: "d")
                let tokens = reference.tokens.prefix(length) + [Int32(candidate)]
                let found = try pass.read(Array(tokens), isLast: true, on: lane)
                #expect(found.isLikeliest.last == (place == 0))
            }
        }
    }

    @Test(arguments: Documents.checkpointNames)
    func theTopTokensAreTheReferences(name: String) throws {
        let reference = try Reference(name)
        let model = try Model(directory: Documents.checkpointDirectory(name))
        let options = GenerateOptions(maxTokens: 1, temperature: 0, echo: true, topLogprobs: 20)
        let lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: .generate(options), documentID: "d")
        let read = try #require(try pass.read(reference.tokens, isLast: true, on: lane).top)
        let made = try #require(try pass.generate(atMost: 1, sample: 0, on: lane).top)
        var all = read
        all.append(made)
        try #require(all.tokens.count == 20 * (reference.tokens.count + 1))
        for (index, row) in reference.rows.enumerated() {
            let largest = row.sorted(by: >)
            for place in 0..<20 {
                let at = 20 * (index + 1) + place
                let value = Double(all.logProbabilities[at])
                #expect(abs(value - largest[place]) < 2 * Self.tolerance)
                #expect(abs(value - row[Int(all.tokens[at])]) < 2 * Self.tolerance)
            }
        }
    }
}
