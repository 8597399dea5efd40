import Coordination
import CoordinatorDaemon
import FoundationEssentials
import Jobs
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
        for reason in ["malformed", "bad_job", "bad_hello", "late_result"] {
            #expect(refused[reason, default: 0] > 0, "\(reason) of \(refused)")
        }
        let job = Self.job(.score(ScoreOptions()), "honest", in: directory)
        try work(on: job, peer)
        #expect(try directory.text(of: "honest.rows.jsonl").hasPrefix(#"{"id":"d","n_tokens":3,"#))
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
        for _ in 0..<Self.messages / 2 {
            try first.act()
            try second.act()
        }
    }

    /// Does a job as a worker does, and none of what others have left.
    private func work(on job: Job, _ peer: RawPeer) throws {
        try peer.say(.submit(.init(job: job)))
        var hello = PeerMessage.Hello(name: "honest", instance: 99, lanes: 1, credit: 2, profile: "p")
        try peer.say(.hello(hello))
        let id = JobRequest.id(of: job)
        let deadline = ContinuousClock.now.advanced(by: patience * 6)
        while ContinuousClock.now < deadline {
            switch try peer.hear(within: Limits.heartbeatInterval / 2) {
            case .lease(let grant) where grant.document.job != id:
                try peer.say(.refusal(.init(lease: grant.lease, failure: .init(code: "other", message: "not mine"))))
            case .step(let step):
                guard case .read(let tokens, _) = step.work else { continue }
                let output = StepOutput(
                    tokenLogProbabilities: tokens.map { _ in -1 }, negativeLogLikelihood: 2, scoredTokens: 2)
                try peer.say(.result(StepResult(lease: step.lease, number: step.number, outcome: .output(output))))
            case .status(let status):
                if status.jobs.contains(where: { $0.id == id && $0.state == .completed }) { return }
            case .rejoin:
                // The coordinator was busy with the attack for longer than a worker may be silent.
                hello.attempt += 1
                try peer.say(.hello(hello))
            case nil:
                try peer.say(.heartbeat(.init(progress: [])))
                try peer.say(.status(.init(job: id)))
            default:
                break
            }
        }
        Issue.record("the job is not done: \(try peer.status())")
    }
}
