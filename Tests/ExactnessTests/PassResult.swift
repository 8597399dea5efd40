import Jobs
import Passes

/// All that a pass gave, put together from its pieces: equal means equal bits.
struct PassResult: Equatable {
    private var embeddings: [StepOutput.Embedding] = []
    private var logProbabilities: [UInt32] = []
    private var isLikeliest: [Bool] = []
    private var negativeLogLikelihood = 0.0
    private var scoredTokens = 0
    private var samples: [Sample] = []

    private struct Sample: Equatable {
        var tokens: [Int32] = []
        var logProbabilities: [UInt32] = []
        var finish: FinishReason?
        var textEnd: Int?
    }

    mutating func add(_ output: StepOutput) {
        embeddings += output.embeddings
        logProbabilities += output.tokenLogProbabilities.map(\.bitPattern)
        isLikeliest += output.isLikeliest
        negativeLogLikelihood = output.negativeLogLikelihood
        scoredTokens = output.scoredTokens
    }

    /// - Returns: whether the sample is complete.
    mutating func add(_ generated: StepOutput.Generated, sample: Int) -> Bool {
        if samples.count == sample { samples.append(Sample()) }
        samples[sample].tokens += generated.tokens
        samples[sample].logProbabilities += generated.logProbabilities.map(\.bitPattern)
        samples[sample].finish = generated.finish
        samples[sample].textEnd = generated.textEnd
        return generated.finish != nil
    }

    /// Does a task over a document.
    ///
    /// - Parameters:
    ///   - cuts: where pieces end, in tokens.
    ///   - generatedTokens: generated at a time.
    ///   - handOver: takes a pass between two pieces, and gives the one that goes on.
    init(
        _ task: Job.Task, over tokens: [Int32], cuts: [Int] = [], generatedTokens: Int = .max, model: Model,
        handOver: (DocumentPass) throws -> (DocumentPass, Lane) = { _ in fatalError("nothing is handed over") }
    ) throws {
        var lane = Lane(model: model)
        var pass = DocumentPass(model: model, task: task, documentID: "d")
        var start = 0
        for cut in cuts {
            add(try pass.read(Array(tokens[start..<cut]), isLast: false, on: lane))
            (pass, lane) = try handOver(pass)
            start = cut
        }
        add(try pass.read(Array(tokens[start...]), isLast: true, on: lane))
        guard case .generate(let options) = task else { return }
        for sample in 0..<options.samples {
            while !add(try pass.generate(atMost: generatedTokens, sample: sample, on: lane), sample: sample) {
                (pass, lane) = try handOver(pass)
            }
        }
    }
}
