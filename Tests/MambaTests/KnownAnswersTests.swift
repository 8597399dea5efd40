import Checkpoints
import Kernels
import Mamba
import Testing

/// Logits, hidden rows and final states of small checkpoints, against Hugging Face transformers in float32.
@Suite struct KnownAnswersTests {
    static let checkpoints = [
        "mamba-hf", "mamba-hf-biases-untied", "mamba-original", "mamba2-hf", "mamba2-hf-groups-sharded",
        "mamba2-original", "falcon-mamba-hf",
    ]

    @Test(arguments: checkpoints)
    func logitsAndHiddenRowsAgree(name: String) throws {
        let model = try Fixtures.checkpoint(name)
        let expected = try Expectations(checkpoint: name)
        var logits: [Float] = []
        let reading = Reading(try expected.tokens("input_ids"), with: model) { workspace, rows in
            logits += model.logits(rows: 1..<rows + 1, in: workspace).elements.array
        }
        let hiddenError = largestDifference(reading.hidden, try expected.floats("last_hidden_state"))
        let logitError = largestDifference(logits, try expected.floats("logits"))
        #expect(hiddenError < 1e-3)
        #expect(logitError < 5e-4)
    }

    @Test(arguments: checkpoints)
    func finalStatesAgree(name: String) throws {
        let model = try Fixtures.checkpoint(name)
        let expected = try Expectations(checkpoint: name)
        let state = Reading(try expected.tokens("input_ids"), with: model).state
        for tensor in state.tensors {
            let reference = try expected.floats(tensor.name)
            let isConvolution = tensor.name.hasSuffix("conv_state")
            let (rows, channels) = (tensor.shape[0], tensor.shape[1])
            // The reference has channels first, and one column of convolution inputs more.
            let columns = isConvolution ? rows + 1 : rows
            var transposed: [Float] = []
            for row in 0..<rows {
                for channel in 0..<channels {
                    transposed.append(reference[channel * columns + row + (columns - rows)])
                }
            }
            let error = largestDifference(tensor.elements.array, transposed)
            #expect(error < 1e-3, "\(tensor.name) differs by \(error)")
        }
    }
}
