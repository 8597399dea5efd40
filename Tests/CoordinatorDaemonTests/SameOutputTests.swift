import Coordination
import CoordinatorDaemon
import JobRuns
import Jobs
import TestSupport
import Testing

@Suite struct SameOutputTests {
    /// At once: the coordinator has workers to hear meanwhile.
    @Test func aJobWithARunningJobsOutputIsRefused() throws {
        let directory = try TemporaryDirectory()
        try directory.write("{\"tokens\":[1,2]}\n", to: "in.jsonl")
        var job = Job(
            task: .score(ScoreOptions()), model: DemoModel.directory, inputs: [directory.input("in.jsonl")],
            output: directory.path + "/rows.jsonl", chunkTokens: 256)
        let client = try RawPeer(RunningCoordinator())
        let id = JobRequest.id(of: job)
        #expect(try client.ask(.submit(.init(job: job))) == .accepted(id))
        job.task = .score(ScoreOptions(per: .token))
        try client.say(.submit(.init(job: job)))
        let refused = try client.refusal()
        #expect(refused.failure == Failure(code: "output_in_use", message: "job \(id) is writing \(job.output)"))
        #expect(refused.reason == .tryAgain)
        #expect(try client.status().jobs.map(\.id) == [id])
    }
}
