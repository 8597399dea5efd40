import Coordination
import Inference

extension LaneBatch.Work {
    init(_ work: Step.Work) {
        switch work {
        case .read(let tokens, let isLast): self = .read(tokens, isLast: isLast)
        case .generate(let sample, let atMost): self = .generate(sample: sample, atMost: atMost)
        }
    }
}

extension StepOutput {
    init<Tag>(_ output: LaneBatch<Tag>.Output) {
        switch output {
        case .read(let output): self.init(output)
        case .generated(let tokens): self.init(generated: Generated(tokens))
        }
    }
}

extension StepOutput {
    fileprivate init(_ output: PassOutput) {
        self.init(
            embeddings: output.embeddings.map { Embedding(window: $0.window, tokens: $0.tokens, vector: $0.vector) },
            tokenLogProbabilities: output.scores.logProbabilities,
            isLikeliest: output.scores.isLikeliest,
            top: output.scores.top,
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
            top: generated.top, finish: finish, textEnd: generated.keptBytes)
    }
}
