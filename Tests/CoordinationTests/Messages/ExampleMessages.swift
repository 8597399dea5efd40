import Coordination
import Jobs

/// Messages of every kind, by name. What travels in both directions has a golden form under its name in
/// `Fixtures/Frames`.
enum ExampleMessages {
    static let lease = LeaseID(epoch: 3, serial: 17)
    static let failure = Failure(code: "vocabulary", message: "token 7 at 12 is \"outside\" the vocabulary / of 5")

    static let peer: [(name: String, message: PeerMessage)] = [
        (
            "hello",
            .hello(
                .init(
                    name: "host:812", instance: .max, attempt: 2, lanes: 4, credit: 8, rowsPerPass: 8192,
                    stateBytes: 64 << 30, profile: "A/b"))
        ),
        ("heartbeat", .heartbeat(.init(progress: [123_456_789_012, nil]))),
        ("result-embeddings", .result(embeddings)),
        ("result-scores", .result(scores)),
        ("result-likeliest", .result(likeliest)),
        ("result-top", .result(top)),
        ("result-echo", .result(echo)),
        ("result-generated", .result(generated(finish: .stop, textEnd: 19))),
        ("result-unfinished", .result(generated(finish: nil, textEnd: nil))),
        ("result-nothing", .result(StepResult(lease: lease, number: 0, outcome: .output(StepOutput())))),
        ("result-failed", .result(StepResult(lease: lease, number: 4, outcome: .documentFailed(failure)))),
        (
            "result-snapshot",
            .result(
                StepResult(lease: lease, number: 0, outcome: .output(StepOutput()), snapshot: snapshot))
        ),
        ("refusal", .refusal(.init(lease: lease, failure: failure))),
        ("refusal-snapshot", .refusal(.init(lease: lease, subject: .snapshot, failure: failure))),
        ("drain", .drain),
        ("handback", .handback(.init(lease: lease, nextStep: 7, snapshot: snapshot))),
        ("handback-empty", .handback(.init(lease: lease, nextStep: 0))),
        ("goodbye", .goodbye),
        ("submit-embed", .submit(.init(job: job(.embed(EmbedOptions(pooling: .last, windowTokens: 512)))))),
        ("submit-generate", .submit(.init(job: job(.generate(options), limit: .fraction(0.01))))),
        ("submit-score", .submit(.init(job: job(.score(ScoreOptions(per: .token)), limit: .count(3))))),
        ("submit-echo", .submit(.init(job: job(.generate(echoOptions))))),
        ("submit-bf16", .submit(.init(job: job(.embed(EmbedOptions()), dataType: .bf16)))),
        ("submit-greedy", .submit(.init(job: job(.score(ScoreOptions(per: .token, logprobs: true)))))),
        ("status-all", .status(.init())),
        ("status-one", .status(.init(job: JobID("c0ffee")))),
    ]

    static let coordinator: [(name: String, message: CoordinatorMessage)] = [
        ("welcome", .welcome),
        ("rejoin", .rejoin),
        ("heartbeat", .heartbeat),
        ("lease", .lease(grant)),
        ("lease-snapshot", .lease(resuming)),
        ("step-read", .step(Step(lease: lease, number: 2, work: reading))),
        ("step-snapshot", .step(Step(lease: lease, number: 2, work: reading, wantsSnapshot: true))),
        ("step-empty", .step(Step(lease: lease, number: 0, work: .read(tokens: [], isLast: true)))),
        ("step-generate", .step(Step(lease: lease, number: 3, work: .generate(sample: 1, atMost: 2048)))),
        ("release", .release(LeaseID(epoch: .max, serial: .max))),
        ("accepted", .accepted(JobID("c0ffee"))),
        ("status", .status(ClusterStatus(jobs: [jobStatus], workers: [workerStatus]))),
        ("refused", .refused(refused)),
    ]

    private static let snapshot: FrameBytes = [0, 1, 255]
    private static let reading = Work.read(tokens: [0, 1, -1, .max, .min], isLast: true)

    private static let resuming = {
        var resuming = grant
        resuming.firstStep = 7
        resuming.snapshot = snapshot
        return resuming
    }()

    private static let embeddings = StepResult(
        lease: lease, number: 1,
        outcome: .output(
            StepOutput(embeddings: [
                .init(window: 0, tokens: 0..<512, vector: [1, -2.5, 0]),
                .init(window: 1, tokens: 512..<700, vector: [.infinity, -.infinity, .leastNonzeroMagnitude]),
            ])))

    private static let scores = StepResult(
        lease: lease, number: 2,
        outcome: .output(
            StepOutput(
                tokenLogProbabilities: [-0.5, -1.25, -3], negativeLogLikelihood: 4.75, scoredTokens: 3)))

    private static let likeliest = StepResult(
        lease: lease, number: 2,
        outcome: .output(
            StepOutput(
                tokenLogProbabilities: [-2, -0.5, -1], isLikeliest: [false, true, true], negativeLogLikelihood: 3.5,
                scoredTokens: 3)))

    private static let top = StepResult(
        lease: lease, number: 4,
        outcome: .output(
            StepOutput(
                generated: .init(
                    tokens: [5, 6], logProbabilities: [-0.25, -3],
                    top: TopTokens(count: 2, tokens: [5, 1, 0, 7], logProbabilities: [-0.25, -2, -1, -1])))))

    private static let echo = StepResult(
        lease: lease, number: 0,
        outcome: .output(
            StepOutput(
                tokenLogProbabilities: [-0.5, -2], isLikeliest: [true, false],
                top: TopTokens(
                    count: 3, tokens: [4, 0, .max, -1, -1, -1],
                    logProbabilities: [-0.5, -0.75, -.infinity, .nan, .nan, .nan]),
                negativeLogLikelihood: 2.5, scoredTokens: 2)))

    private static func generated(finish: FinishReason?, textEnd: Int?) -> StepResult {
        StepResult(
            lease: lease, number: 3,
            outcome: .output(
                StepOutput(
                    generated: .init(
                        tokens: [5, 6, 7], logProbabilities: [-0.25, -0.5, -0.75], finish: finish, textEnd: textEnd))))
    }

    private static let options = GenerateOptions(
        maxTokens: 64, temperature: 0.7, topK: 40, topP: 0.95, minP: 0.05, repetitionPenalty: 1.1, stop: ["\n\n", "é"],
        samples: 2, seed: .max, logprobs: true)

    private static let echoOptions = GenerateOptions(maxTokens: 0, logprobs: true, echo: true, topLogprobs: 5)

    private static func job(
        _ task: Job.Task, limit: Job.ErrorLimit = .none, dataType: Job.DataType = .f32
    ) -> Job {
        Job(
            task: task, model: "/models/m", inputs: [.init(asGiven: "in/*.txt", path: "/data/in/*.txt")],
            output: "/data/out.jsonl", chunkTokens: 4096, errorLimit: limit, dataType: dataType)
    }

    private static let grant = LeaseGrant(
        lease: lease, document: DocumentKey(job: JobID("c0ffee"), ordinal: 12), documentID: "in/ß.txt",
        task: .generate(options), model: ModelReference(directory: "/models/m", digest: "abc123", dataType: "f32"))

    private static let refused = CoordinatorMessage.Refused(failure: failure, reason: .badData)
    private static let workerStatus = WorkerStatus(name: "host:812", lanes: 4, profile: "A/b", documents: 5)

    private static let jobStatus = {
        var status = JobStatus(
            id: JobID("c0ffee"), task: "embed", output: "/data/out.jsonl", state: .completedWithErrors,
            inputBytesTotal: 11)
        status.documentsDone = 1
        status.documentsFailed = 2
        status.documentsTotal = 3
        status.tokensDone = 4
        status.tokensRead = 5
        status.tokensToGenerate = 6
        status.inputBytesRead = 7
        status.lateResults = 8
        status.documentsMoved = 9
        status.snapshotsWritten = 10
        status.snapshotsRefused = 11
        status.tokensResumed = 12
        status.tokensRecomputed = 13
        status.failure = refused
        return status
    }()
}
