import Coordination
import CoordinatorDaemon
import JobRuns
import Jobs
import TestSupport

extension RawPeer {
    /// Does a job as a worker does, and none of what others have left.
    /// - Returns: how all jobs stand when it is done.
    func work(on job: Job) throws -> ClusterStatus {
        var hello = PeerMessage.Hello(name: "honest", instance: 99, lanes: 1, credit: 2, profile: "p")
        try say(.hello(hello))
        let id = JobRequest.id(of: job)
        let deadline = ContinuousClock.now.advanced(by: patience * 6)
        while ContinuousClock.now < deadline {
            switch try hear(within: Limits.heartbeatInterval / 2) {
            case .lease(let grant) where grant.document.job != id:
                try say(.refusal(.init(lease: grant.lease, failure: .init(code: "other", message: "not mine"))))
            case .step(let step):
                let output = step.plausibleOutput(job.task, embeddingWidth: DemoModel.hiddenSize)
                try say(.result(StepResult(lease: step.lease, number: step.number, outcome: .output(output))))
            case .status(let status):
                if status.jobs.contains(where: { $0.id == id && $0.state.isOver }) { return status }
            case .rejoin:
                // The coordinator was busy with others for longer than a worker may be silent.
                hello.attempt += 1
                try say(.hello(hello))
            case nil:
                try say(.heartbeat(.init(progress: [])))
                try say(.status(.init()))
            default:
                break
            }
        }
        throw Silence.noAnswer
    }
}

extension Step {
    /// Numbers that might have been computed by the only step of a document that reads, or the first of a sample.
    func plausibleOutput(_ task: Job.Task, embeddingWidth: Int) -> StepOutput {
        switch (task, work) {
        case (.score(let options), .read(let tokens, _)):
            let values = tokens.indices.map { $0 == 0 ? Float.nan : -1 }
            return StepOutput(
                tokenLogProbabilities: values, isLikeliest: options.logprobs ? tokens.map { _ in false } : [],
                negativeLogLikelihood: Double(tokens.count - 1), scoredTokens: tokens.count - 1)
        case (.embed(let options), .read(let tokens, _)):
            let length = options.windowTokens ?? tokens.count
            let starts = Array(stride(from: 0, to: tokens.count, by: length))
            return StepOutput(
                embeddings: starts.enumerated().map { window, start in
                    .init(
                        window: window, tokens: start..<min(start + length, tokens.count),
                        vector: Array(repeating: 0.5, count: embeddingWidth))
                })
        case (_, .generate(_, let atMost)):
            return StepOutput(
                generated: .init(
                    tokens: Array(repeating: 260, count: atMost), logProbabilities: Array(repeating: -1, count: atMost),
                    finish: .length))
        case (.generate, .read):
            return StepOutput()
        }
    }
}
