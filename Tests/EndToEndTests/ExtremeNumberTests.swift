import Coordination
import Foundation
import Jobs
import TestSupport
import Testing

/// Extreme numbers in job files, messages and results, put to a coordinator and a worker that are processes: each is
/// refused or done, and both work on. `LONGSCAN_FUZZ_EXECUTIONS` asks for more of them.
@Suite struct ExtremeNumberTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try TinyModel.write(to: directory.path("tiny"), seed: 5)
        try directory.write(Documents.lines(tokenCounts: [600, 1], seed: 3), to: "documents.jsonl")
    }

    /// The daemons live, and do a job.
    private func expectWork(_ cluster: Cluster, _ worker: RunningProcess) throws {
        try directory.writeJob("score", model: "tiny", output: "honest.jsonl", to: "honest.yaml")
        let job = try cluster.waitForEnd(of: cluster.submit("honest.yaml"))
        #expect(job.state == "completed")
        for process in [cluster.coordinator, worker] { #expect(kill(process.id, 0) == 0) }
    }

    // MARK: - Job files

    private static let keys: [(task: String, options: String)] = [
        ("embed", "embed: {every: N}"), ("embed", "chunk_tokens: N"), ("embed", "max_errors: N"),
        ("score", "score: {window: N, per: token}"), ("score", "score: {window: N}\nchunk_tokens: 256"),
        ("embed", "max_errors: N%"), ("embed", "embed: {every: N}\nchunk_tokens: N"),
    ]
    private static let samplerKeys = [
        "max_tokens", "temperature", "top_k", "top_p", "min_p", "repetition_penalty", "n", "seed",
    ]
    /// Samples end soon, however many tokens they may have.
    private static let stop = "stop: [a, e, i, o, u, n, r, s, t, ' ', h, d, l, c, m, p, g]"

    @Test func jobFilesAreRefusedWithTheKeyOrDone() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let worker = try cluster.startWorker("first")
        var random = SplitMix64(seed: 1)
        var statuses: [Int32: Int] = [:]
        for number in 0..<ExtremeNumbers.cases(40) {
            let value = ExtremeNumbers.yaml.randomElement(using: &random) ?? "0"
            var (task, options) = Self.keys.randomElement(using: &random) ?? ("embed", "")
            if Bool.random(using: &random) {
                let key = Self.samplerKeys.randomElement(using: &random) ?? ""
                let more = key == "max_tokens" ? "" : ", max_tokens: 40"
                (task, options) = ("generate", "generate: {\(key): N\(more), \(Self.stop)}")
            }
            options = options.replacing("N", with: value)
            try directory.writeJob(task, model: "tiny", output: "rows\(number).jsonl", options: options)
            let ended = try cluster.client(["submit", "job.yaml"])
            statuses[ended.status, default: 0] += 1
            #expect([0, 65].contains(ended.status), "case \(number): \(options): \(ended.status) \(ended.errors)")
            if ended.status == 65 { #expect(ended.errors.contains("job.yaml:"), "\(options): \(ended.errors)") }
        }
        #expect(statuses.count == 2, "\(statuses)")
        try expectWork(cluster, worker)
    }

    // MARK: - Messages to the coordinator

    /// What a worker and a client might say.
    private func messages(_ lease: LeaseID) -> [PeerMessage] {
        let job = Job(
            task: .generate(
                GenerateOptions(maxTokens: 3, topK: 5, stop: ["a", "e", "i", "o", "n", " "], samples: 2, seed: 7)),
            model: directory.path("tiny"),
            inputs: [.init(asGiven: "documents.jsonl", path: directory.path("documents.jsonl"))],
            output: directory.path("sent.jsonl"), chunkTokens: 256, errorLimit: .count(3))
        var embed = job
        embed.task = .embed(EmbedOptions(windowTokens: 100))
        var score = job
        (score.task, score.errorLimit) = (.score(ScoreOptions(windowTokens: 100)), .fraction(0.5))
        let read = StepOutput(
            embeddings: [.init(window: 0, tokens: 0..<100, vector: [1, 2])], tokenLogProbabilities: [-1, -2],
            top: .init(count: 1, tokens: [1, 2], logProbabilities: [-1, -2]), scoredTokens: 1)
        let generated = StepOutput(generated: .init(tokens: [1], logProbabilities: [-1], finish: .stop, textEnd: 1))
        return [
            .hello(.init(name: "liar", instance: 1, attempt: 1, lanes: 1, batch: 1, credit: 2, profile: "p")),
            .heartbeat(.init(progress: [1, nil])), .submit(.init(job: job)), .submit(.init(job: embed)),
            .submit(.init(job: score)), .handback(.init(lease: lease, nextStep: 1, snapshot: [1])),
            .refusal(.init(lease: lease, subject: .snapshot, failure: .init(code: "a", message: "b"))),
            .result(.init(lease: lease, number: 0, outcome: .output(read))),
            .result(.init(lease: lease, number: 0, outcome: .output(generated), snapshot: [2])), .status(.init()),
        ]
    }

    @Test func messagesAreRefusedOrTaken() throws {
        let cluster = try Cluster(in: directory, options: ["--snapshot-chunks", "1"])
        defer { cluster.stop() }
        let liar = try FramedSocket(to: cluster.endpoint)
        var random = SplitMix64(seed: 2)
        var lease = LeaseID(0)
        try directory.writeJob("generate", model: "tiny", options: "generate: {max_tokens: 3}")
        _ = try cluster.submit("job.yaml")
        for _ in 0..<ExtremeNumbers.cases(400) {
            guard let message = messages(lease).randomElement(using: &random) else { continue }
            var frames = FrameCoding.frames(of: message)
            // One in four is as it should be: else nothing is ever granted.
            if Int.random(in: 0..<4, using: &random) > 0 {
                frames[2] = ExtremeNumbers.replaceNumbers(in: frames[2], using: &random)
            }
            try liar.send(frames)
            while let heard = try liar.receive(within: .zero) {
                if case .lease(let grant) = try FrameCoding.coordinatorMessage(from: heard) { lease = grant.lease }
            }
        }
        try liar.send(FrameCoding.frames(of: .goodbye))
        let worker = try cluster.startWorker("honest")
        try expectWork(cluster, worker)
        #expect(try cluster.status().refused?["malformed"] ?? 0 > 0)
    }

    // MARK: - Messages to a worker

    @Test func aWorkerPassesOverWhatNoCoordinatorSays() throws {
        let coordinator = try FramedSocket()
        let worker = try Longscan.start(
            ["worker", "--connect", coordinator.endpoint, "--lanes", "1", "--name", "honest"])
        struct Report: Decodable { let digest: String }
        let report = try JSON.decode(
            Report.self, from: Longscan.run(["model", directory.path("tiny"), "--json"]).output)
        let reference = ModelReference(directory: directory.path("tiny"), digest: report.digest, dataType: "f32")
        guard try coordinator.receive() != nil else { throw Failure("the worker says no hello") }
        try coordinator.send(FrameCoding.frames(of: .welcome))
        let tasks: [Job.Task] = [
            .embed(EmbedOptions(windowTokens: 100)), .score(ScoreOptions(per: .token, windowTokens: 100)),
            .generate(
                GenerateOptions(maxTokens: 30, temperature: 0.5, topK: 5, repetitionPenalty: 1.5, samples: 2, seed: 7)),
        ]
        var random = SplitMix64(seed: 3)
        var results = 0
        for serial in 0..<UInt32(ExtremeNumbers.cases(60)) {
            let lease = LeaseID(epoch: 1, serial: serial + 1)
            let task = tasks[Int(serial) % 3]
            let said: [CoordinatorMessage] = [
                .lease(
                    .init(
                        lease: lease, document: DocumentKey(job: JobID("j"), ordinal: 0), documentID: "d", task: task,
                        model: reference)),
                .step(
                    .init(
                        lease: lease, number: 0, work: .read(tokens: [260, 300, 301], isLast: true), wantsSnapshot: true
                    )),
                .step(.init(lease: lease, number: 1, work: .generate(sample: 0, atMost: 3), wantsSnapshot: true)),
                .step(.init(lease: lease, number: 2, work: .generate(sample: 1, atMost: 3))),
                .step(.init(lease: lease, number: 3, work: .read(tokens: [.min, .max, -1, 260], isLast: false))),
                .release(lease),
            ]
            let changed = Int.random(in: 0..<said.count, using: &random)
            for (place, message) in said.enumerated() {
                // Before the lease is over: what comes of its first step, if that was understood.
                if place == said.count - 1 {
                    while let heard = try coordinator.receive(within: .milliseconds(50)) {
                        let message = try FrameCoding.peerMessage(from: heard)
                        if case .hello = message { try coordinator.send(FrameCoding.frames(of: .welcome)) }
                        guard case .result = message else { continue }
                        results += 1
                        break
                    }
                }
                var frames = FrameCoding.frames(of: message)
                if place == changed { frames[2] = ExtremeNumbers.replaceNumbers(in: frames[2], using: &random) }
                try coordinator.send(frames)
            }
        }
        // It still works.
        let lease = LeaseID(epoch: 2, serial: 1)
        let grant = LeaseGrant(
            lease: lease, document: DocumentKey(job: JobID("j"), ordinal: 0), documentID: "d", task: tasks[1],
            model: reference)
        try coordinator.send(FrameCoding.frames(of: .lease(grant)))
        let step = Step(lease: lease, number: 0, work: .read(tokens: [260, 300], isLast: true))
        try coordinator.send(FrameCoding.frames(of: .step(step)))
        while true {
            guard let heard = try coordinator.receive() else { throw Failure("the worker is silent") }
            guard case .result(let result) = try FrameCoding.peerMessage(from: heard) else { continue }
            results += 1
            if result.lease == lease { break }
        }
        #expect(results > 1)
        #expect(kill(worker.id, 0) == 0)
        worker.send(SIGKILL)
        _ = try worker.ended()
    }
}
