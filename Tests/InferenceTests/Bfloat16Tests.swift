import Inference
import Jobs
import Kernels
import Passes
import Testing

/// What products of bfloat16 cost in accuracy, measured on the demo models and one of their books.
@Suite struct Bfloat16Tests {
    @Test(arguments: Documents.demoNames)
    func likelihoodsAndLikeliestTokensStayClose(name: String) throws {
        let tokens = try Documents.referenceTokens(name, "input_ids")
        let exact = try scores(of: tokens, name, .float32)
        let rounded = try scores(of: tokens, name, .bfloat16)
        let difference = (rounded.negativeLogLikelihood - exact.negativeLogLikelihood) / Double(exact.scoredTokens)
        let likeliest = try (#require(exact.top), #require(rounded.top))
        let agreeing = zip(likeliest.0.tokens, likeliest.1.tokens).count { $0 == $1 }
        let agreement = Double(agreeing) / Double(likeliest.0.tokens.count)
        // Measured: less than 0.0002 nats a token, and 99.5% of the likeliest tokens.
        #expect(difference != 0)
        #expect(abs(difference) < 0.005)
        #expect(agreement > 0.95)
    }

    private func scores(of tokens: [Int32], _ name: String, _ dataType: DataType) throws -> StepOutput {
        let model = try Model(directory: Documents.demoDirectory(name), dataType: dataType)
        let options = GenerateOptions(maxTokens: 1, echo: true, topLogprobs: 1)
        var pass = DocumentPass(model: model, task: .generate(options), documentID: name)
        return try pass.read(tokens, isLast: true, on: Lane(model: model))
    }
}
