import Coordination
import CoordinatorDaemon
import Jobs
import TestSupport
import ZeroMQ

/// A peer with a good key that sends anything: noise, damaged messages, and well-formed ones that make no sense.
struct HostilePeer: ~Copyable {
    private let peer: RawPeer
    private let jobs: [Job]
    private var random: SplitMix64
    /// Leases that it was granted, and the steps that came on them.
    private var leases: [LeaseGrant] = []
    private var steps: [Step] = []
    private var wasSentAway = false

    /// - Parameter jobs: sensible ones; it submits these and others like them.
    init(_ coordinator: RunningCoordinator, _ keys: ClientKeys?, jobs: [Job], seed: UInt64) throws {
        peer = try RawPeer(coordinator, keys)
        self.jobs = jobs
        random = SplitMix64(seed: seed)
    }

    /// Sends one message and hears what there is. Now and then it hears all that came of what it said: else its work
    /// would be that of leases that are over.
    mutating func act() throws {
        if wasSentAway, Bool.random(using: &random) { try join() }
        if Int.random(in: 0..<4, using: &random) == 0 { try catchUp() }
        switch Int.random(in: 0..<10, using: &random) {
        case 0: try peer.send(noise())
        case 1: try peer.send(damaged(FrameCoding.frames(of: message())))
        case 2: try peer.say(.hello(hello()))
        case 3: try peer.say(.submit(.init(job: job())))
        case 4:
            // The same again, which is what a replay is.
            let said = message()
            for _ in 0..<3 { try peer.say(said) }
        default: try peer.say(message())
        }
        while let heard = try peer.hear(within: .zero) { remember(heard) }
    }

    private mutating func join() throws {
        try peer.say(
            .hello(
                .init(
                    name: "back again", instance: .random(in: .min ... .max, using: &random), lanes: 2, credit: 4,
                    profile: "p")))
        wasSentAway = false
    }

    /// Asks again where the answer was dropped: more was on its way than the coordinator keeps for one peer.
    private mutating func catchUp() throws {
        let deadline = ContinuousClock.now.advanced(by: patience)
        while ContinuousClock.now < deadline {
            try peer.say(.status(.init()))
            while let heard = try peer.hear(within: glimpse) {
                if case .status = heard { return }
                remember(heard)
            }
        }
        throw Silence.noAnswer
    }

    /// Waits until it has work that it can harm.
    mutating func beginWork() throws {
        for job in jobs { try peer.say(.submit(.init(job: job))) }
        try join()
        let deadline = ContinuousClock.now.advanced(by: patience)
        while steps.isEmpty {
            guard ContinuousClock.now < deadline else { throw Silence.noAnswer }
            if let heard = try peer.hear(within: Limits.heartbeatInterval) {
                remember(heard)
            } else {
                try peer.say(.heartbeat(.init(progress: [])))
            }
            if wasSentAway { try join() }
        }
    }

    private mutating func remember(_ message: CoordinatorMessage) {
        switch message {
        case .lease(let grant): leases.append(grant)
        case .step(let step): steps.append(step)
        case .rejoin: wasSentAway = true
        default: break
        }
    }

    // MARK: - What it says

    private mutating func noise() -> [[UInt8]] {
        let name = Bool.random(using: &random) ? [Array(FrameCoding.protocolName.utf8)] : []
        return name
            + (0..<Int.random(in: 1...70, using: &random)).map { _ in
                (0..<Int.random(in: 0...64, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            }
    }

    /// What is damaged is never a job: it would be another job, with its output at another place.
    private mutating func damaged(_ frames: [[UInt8]]) -> [[UInt8]] {
        var frames = frames
        let index = Int.random(in: 0..<frames.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where frames.count > 1: frames.remove(at: index)
        case 1: frames.insert(frames[index], at: index)
        case 2: frames[index].removeLast(Int.random(in: 0...frames[index].count, using: &random))
        case 3: frames[index].append(UInt8.random(in: 0...255, using: &random))
        default:
            if let byte = frames[index].indices.randomElement(using: &random) {
                frames[index][byte] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return frames
    }

    private mutating func message() -> PeerMessage {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: .heartbeat(.init(progress: [nil, .random(in: .min ... .max, using: &random)]))
        case 1:
            .refusal(
                .init(
                    lease: lease(), subject: Bool.random(using: &random) ? .job : .snapshot,
                    failure: Failure(code: "\u{0}", message: "../../\n")))
        case 2: .goodbye
        case 3: .status(.init(job: JobID(Bool.random(using: &random) ? "" : "../\u{0}")))
        case 4: .drain
        case 5: .handback(.init(lease: lease(), nextStep: integer(), snapshot: snapshot().map { FrameBytes($0) }))
        default: .result(result())
        }
    }

    private mutating func snapshot() -> [UInt8]? {
        Bool.random(using: &random) ? nil : [1, 2, 3]
    }

    private mutating func hello() -> PeerMessage.Hello {
        .init(
            name: "../hostile\n", instance: .random(in: 0...3, using: &random), attempt: integer(),
            lanes: Bool.random(using: &random) ? 2 : integer(), credit: Bool.random(using: &random) ? 4 : integer(),
            profile: "p")
    }

    private mutating func job() -> Job {
        var job = jobs[Int.random(in: 0..<jobs.count, using: &random)]
        switch Int.random(in: 0..<7, using: &random) {
        case 0: job.chunkTokens = integer()
        case 1: job.errorLimit = .count(integer())
        case 2: job.inputs = []
        case 3: job.output = "rows.jsonl"
        case 4:
            job.task = .generate(GenerateOptions(maxTokens: integer(), temperature: -1, samples: integer()))
        case 5: job.task = .embed(EmbedOptions(windowTokens: integer()))
        default: break
        }
        return job
    }

    private mutating func lease() -> LeaseID {
        let known = Bool.random(using: &random) ? leases.last : leases.randomElement(using: &random)
        return known?.lease ?? LeaseID(.random(in: .min ... .max, using: &random))
    }

    /// Often of a step that is really out, and often one that fits it.
    private mutating func result() -> StepResult {
        guard let step = steps.last, Int.random(in: 0..<4, using: &random) > 0 else {
            return StepResult(lease: lease(), number: integer(), outcome: outcome(of: nil))
        }
        if let grant = leases.first(where: { $0.lease == step.lease }), Bool.random(using: &random) {
            var output = step.plausibleOutput(grant.task, embeddingWidth: DemoModel.hiddenSize)
            if Int.random(in: 0..<3, using: &random) == 0 { harm(&output) }
            return StepResult(lease: step.lease, number: step.number, outcome: .output(output))
        }
        return StepResult(
            lease: step.lease, number: step.number, outcome: outcome(of: step),
            snapshot: snapshot().map { FrameBytes($0) })
    }

    /// Changes one thing.
    private mutating func harm(_ output: inout StepOutput) {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: output.tokenLogProbabilities = numbers()
        case 1: output.isLikeliest = output.tokenLogProbabilities.map { _ in true }
        case 2 where !output.embeddings.isEmpty: output.embeddings[0].window = integer()
        case 3 where !output.embeddings.isEmpty: output.embeddings[0].vector = numbers()
        case 4 where output.generated != nil: output.generated?.finish = nil
        case 5 where output.generated != nil: output.generated?.textEnd = integer()
        default: output.generated = generated()
        }
    }

    private mutating func outcome(of step: Step?) -> StepOutcome {
        if Int.random(in: 0..<20, using: &random) == 0 {
            return .documentFailed(Failure(code: "no such code", message: "\u{0}\n../"))
        }
        var output = StepOutput(negativeLogLikelihood: Double(number()), scoredTokens: integer())
        if case .read(let tokens, _) = step?.work, Bool.random(using: &random) {
            output.tokenLogProbabilities = tokens.map { _ in number() }
        } else {
            output.tokenLogProbabilities = numbers()
        }
        if Bool.random(using: &random) { output.isLikeliest = output.tokenLogProbabilities.map { _ in true } }
        if Bool.random(using: &random) {
            let (a, b) = (integer(), integer())
            output.embeddings = [.init(window: integer(), tokens: min(a, b)..<max(a, b), vector: numbers())]
        }
        if Int.random(in: 0..<3, using: &random) == 0 { output.generated = generated() }
        return .output(output)
    }

    private mutating func generated() -> StepOutput.Generated {
        let count = Int.random(in: 0...5, using: &random)
        let tokens = (0..<count).map { _ in [0, 1, -1, 300, Int32.max, .min].randomElement(using: &random) ?? 0 }
        return .init(
            tokens: tokens, logProbabilities: Bool.random(using: &random) ? tokens.map { _ in number() } : [],
            finish: [nil, .stop, .length].randomElement(using: &random) ?? nil,
            textEnd: Bool.random(using: &random) ? integer() : nil)
    }

    private mutating func integer() -> Int {
        [
            0, 1, -1, 2, 3, 256, 1 << 20, 1 << 31, (1 << 31) - 1, -1 << 31, 1 << 32, 1 << 48, 1 << 53, 1 << 62,
            .max - 255, .max,
            .min, .min + 1,
        ].randomElement(using: &random) ?? 0
    }

    private mutating func number() -> Float {
        [0, -1, -0.5, .nan, .infinity, -.infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]
            .randomElement(using: &random) ?? 0
    }

    private mutating func numbers() -> [Float] {
        (0..<Int.random(in: 0...6, using: &random)).map { _ in number() }
    }
}
