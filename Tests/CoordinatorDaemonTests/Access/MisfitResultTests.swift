import Coordination
import CoordinatorDaemon
import JobRuns
import Jobs
import TestSupport
import Testing

/// A result that does not fit its step sends its worker away and harms nothing else.
@Suite struct MisfitResultTests {
    private let directory: TemporaryDirectory
    private let coordinator: RunningCoordinator

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("{\"id\":\"a\",\"tokens\":[1,2,3]}\n{\"id\":\"b\",\"tokens\":[4]}\n", to: "in.jsonl")
        coordinator = try RunningCoordinator()
    }

    private func job() -> Job {
        Job(
            task: .score(ScoreOptions(per: .token)), model: DemoModel.directory, inputs: [directory.input("in.jsonl")],
            output: directory.path + "/rows.jsonl", chunkTokens: 256)
    }

    /// Says hello and returns a score too many for the first step that comes.
    /// - Returns: what it is told then.
    private func misfit(_ instance: UInt64) throws -> CoordinatorMessage.Refused {
        let worker = try RawPeer(coordinator)
        try worker.say(.hello(.init(name: "liar", instance: instance, lanes: 1, credit: 1, profile: "p")))
        while let message = try worker.hear() {
            guard case .step(let step) = message else {
                // A document that may have ended workers has its steps only when its holder is heard.
                if case .lease = message { try worker.say(.heartbeat(.init(progress: []))) }
                continue
            }
            var output = step.plausibleOutput(job().task, embeddingWidth: 0)
            output.tokenLogProbabilities.append(-1)
            try worker.say(.result(StepResult(lease: step.lease, number: step.number, outcome: .output(output))))
            let refused = try worker.refusal()
            #expect(try worker.ask(.heartbeat(.init(progress: []))) == .rejoin)
            return refused
        }
        throw Silence.noAnswer
    }

    /// More often than a document may end workers: it is not the document's fault.
    @Test func theWorkerIsSentAwayAndTheJobGoesOn() throws {
        let client = try RawPeer(coordinator)
        try client.say(.submit(.init(job: job())))
        let id = JobRequest.id(of: job())
        #expect(try client.hear() == .accepted(id))
        let liars = Limits.workersLostPerStep + 1
        for instance in 0..<liars {
            let refused = try misfit(UInt64(instance))
            #expect(refused.failure.code == "misfit_result" && refused.reason == .badData)
            #expect(
                refused.failure.message
                    == "liar: a result of document \(id)/0 does not fit its step: 4 log probabilities where 3 belong")
        }
        let status = try client.work(on: job())
        #expect(status.refused?["misfit_result"] == liars)
        #expect(status.workers.map(\.name) == ["honest"])
        let end = try #require(status.jobs.first)
        #expect(end.state == .completed && end.documentsDone == 2 && end.documentsMoved == liars)
        #expect(
            try directory.text("rows.jsonl")
                == #"{"id":"a","n_tokens":3,"n_bytes":null,"nll":2.0,"perplexity":2.718281828459045,"#
                + #""bits_per_byte":null,"token_ids":[1,2,3],"token_logprobs":[null,-1.0,-1.0]}"# + "\n"
                + #"{"id":"b","n_tokens":1,"n_bytes":null,"nll":0.0,"perplexity":null,"#
                + #""bits_per_byte":null,"token_ids":[4],"token_logprobs":[null]}"# + "\n")
    }
}
