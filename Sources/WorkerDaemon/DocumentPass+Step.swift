import Coordination
import Inference
import Mamba

extension DocumentPass {
    /// Does a step's work.
    /// - Throws: `InferenceError`; the document cannot be done then.
    mutating func output(of work: Step.Work, on lane: Lane) throws(InferenceError) -> StepOutput {
        switch work {
        case .read(let tokens, let isLast):
            StepOutput(try read(tokens, isLast: isLast, on: lane))
        case .generate(let sample, let atMost):
            StepOutput(generated: .init(try generate(atMost: atMost, sample: sample, on: lane)))
        }
    }
}

extension StepOutput {
    fileprivate init(_ output: PassOutput) {
        self.init(
            embeddings: output.embeddings.map { Embedding(window: $0.window, tokens: $0.tokens, vector: $0.vector) },
            tokenLogProbabilities: output.scores.logProbabilities,
            isLikeliest: output.scores.isLikeliest,
            top: output.scores.top.map { TopTokens($0) },
            negativeLogLikelihood: output.scores.negativeLogLikelihood,
            scoredTokens: output.scores.scoredTokens)
    }
}

extension StepOutput.Generated {
    fileprivate init(_ generated: GeneratedTokens) {
        let finish: Finish? =
            switch generated.finish {
            case .stop: .stop
            case .length: .length
            case nil: nil
            }
        self.init(
            tokens: generated.tokens, logProbabilities: generated.logProbabilities,
            top: generated.top.map { TopTokens($0) }, finish: finish, textEnd: generated.keptBytes)
    }
}

extension TopTokens {
    fileprivate init(_ likeliest: LikeliestTokens) {
        self.init(
            count: likeliest.count, tokens: likeliest.tokens, logProbabilities: likeliest.logProbabilities)
    }
}
