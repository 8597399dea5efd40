import Coordination
import CoordinatorDaemon
import FoundationEssentials
import Jobs
import TestSupport
import Testing
import ZeroMQ

/// A coordinator outlives whatever an authenticated peer sends, and works on.
@Suite struct HostilePeerTests {
    private static let messages = 1500

    @Test(arguments: 0..<4 as Range<UInt64>) func theCoordinatorWorksOn(seed: UInt64) throws {
        let directory = try TemporaryDirectory()
        for name in ["a", "b", "c"] {
            let lines = (0..<40).map { "{\"id\":\"../\(name)\($0)\",\"tokens\":[\($0 + 1),2,3,4,5]}\n" }.joined()
            try directory.write(lines, to: name + ".jsonl")
        }
        try directory.write("{\"id\":\"d\",\"tokens\":[1,2,3]}\n", to: "honest.jsonl")
        let ring = try KeyRing()
        let (hostile, honest) = (try Curve.KeyPair.generate(), try Curve.KeyPair.generate())
        let coordinator = try RunningCoordinator(
            access: ring.access(AllowList([("worker,client", hostile), ("worker,client", honest)])))
        try attack(coordinator, ring.keys(of: hostile), in: directory, seed: seed)

        let peer = try RawPeer(coordinator, ring.keys(of: honest))
        let refused = try #require(try peer.status().refused)
        for reason in ["malformed", "bad_job", "bad_hello", "late_result", "misfit_result"] {
            #expect(refused[reason, default: 0] > 0, "\(reason) of \(refused)")
        }
        let job = Self.job(.score(ScoreOptions()), "honest", in: directory)
        try peer.say(.submit(.init(job: job)))
        let status = try peer.work(on: job)
        // No result ends a job but those that say of documents that they failed.
        let failures = status.jobs.filter { $0.state == .failed }.map(\.failure?.failure.code)
        #expect(failures.allSatisfy { $0 == "too_many_errors" }, "\(failures)")
        #expect(try directory.text("honest.rows.jsonl").hasPrefix(#"{"id":"d","n_tokens":3,"#))
        // Nothing was written but what the jobs are about.
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        #expect(names.allSatisfy { $0.contains(/^(a|b|c|honest)\./) }, "\(names)")
    }

    private static func job(_ task: Job.Task, _ name: String, in directory: TemporaryDirectory) -> Job {
        Job(
            task: task, model: DemoModel.directory, inputs: [directory.input(name + ".jsonl")],
            output: directory.path + "/" + name + ".rows.jsonl", chunkTokens: 256)
    }

    private func attack(
        _ coordinator: RunningCoordinator, _ keys: ClientKeys, in directory: TemporaryDirectory, seed: UInt64
    ) throws {
        let jobs = [
            Self.job(.score(ScoreOptions(per: .token, logprobs: true)), "a", in: directory),
            Self.job(.embed(EmbedOptions(windowTokens: 2)), "b", in: directory),
            Self.job(.generate(GenerateOptions(maxTokens: 8, samples: 2)), "c", in: directory),
        ]
        var first = try HostilePeer(coordinator, keys, jobs: jobs, seed: seed &* 2)
        var second = try HostilePeer(coordinator, keys, jobs: jobs, seed: seed &* 2 &+ 1)
        try first.beginWork()
        for _ in 0..<Self.messages / 2 {
            try first.act()
            try second.act()
        }
    }
}
