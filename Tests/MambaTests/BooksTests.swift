import Checkpoints
import Kernels
import Mamba
import Testing

/// The demo models on 3,000 tokens of a book, against Hugging Face transformers in float32.
@Suite struct BooksTests {
    static let models = ["mamba-books-6m", "mamba2-books-6m"]

    @Test(arguments: models)
    func tokenLogProbabilitiesAgree(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let expected = try Expectations(book: name)
        let tokens = try expected.tokens("input_ids")
        var logProbabilities: [Float] = []
        var preceding: [Float]?
        _ = Reading(tokens, with: model) { workspace, rows in
            let start = preceding == nil ? 0 : logProbabilities.count + 1
            if let preceding { workspace.setRow(before: 0, preceding) }
            let targets = preceding == nil ? tokens[1..<rows] : tokens[start..<start + rows]
            let scores = model.scores(of: targets, fromRow: preceding == nil ? 1 : 0, in: workspace)
            logProbabilities += scores.logProbabilities
            preceding = workspace.hiddenRow(rows - 1)
        }
        let error = largestDifference(logProbabilities, try expected.floats("token_logprobs"))
        #expect(error < 2e-3)
    }

    @Test(arguments: models)
    func hiddenRowsAgree(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let expected = try Expectations(book: name)
        let tokens = try expected.tokens("input_ids")
        let width = model.configuration.hiddenSize
        let hidden = Reading(tokens, with: model).hidden
        func row(_ index: Int) -> [Float] { Array(hidden[index * width..<(index + 1) * width]) }
        let mean = (0..<width).map { column in
            Float(
                stride(from: column, to: hidden.count, by: width).reduce(0.0) { $0 + Double(hidden[$1]) }
                    / Double(tokens.count))
        }
        for (found, reference) in [
            (row(tokens.count - 1), "last_hidden"), (row(1023), "hidden_at_1023"), (mean, "mean_hidden"),
        ] {
            let error = relativeDifference(found, try expected.floats(reference))
            #expect(error < 2e-3, "\(reference) differs by \(error)")
        }
    }

    @Test(arguments: models)
    func greedyContinuationIsEqual(name: String) throws {
        let model = try Fixtures.demoModel(name)
        let expected = try Expectations(book: name)
        let prompt = Array(try expected.tokens("input_ids").prefix(500))
        let workspace = model.makeWorkspace()
        let reading = Reading(prompt, with: model)
        var state = reading.state
        var row = Array(reading.hidden.suffix(model.configuration.hiddenSize))
        var continuation: [Int32] = []
        for _ in 0..<48 {
            let logits = model.distribution(after: row, in: workspace).logits
            let likeliest = Int32(logits.indices.max { (logits[$0], $1) < (logits[$1], $0) }!)
            continuation.append(likeliest)
            model.readBlock([likeliest], from: &state, in: workspace)
            row = workspace.hiddenRow(0)
        }
        #expect(continuation == (try expected.tokens("greedy_after_500")))
    }
}

/// Length of the difference in parts of the reference's length.
func relativeDifference(_ found: [Float], _ reference: [Float]) -> Double {
    func length(_ values: some Sequence<Float>) -> Double {
        values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }
    return length(zip(found, reference).map { $0 - $1 }) / length(reference)
}
