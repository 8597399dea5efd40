import Coordination
import Jobs
import ZeroMQ

/// A worker of one lane that computes nothing. It answers a step at once, with numbers of the right shape. It uses the
/// real workers' state machine, and sends no snapshots.
final class PretendWorker {
    /// The error of a worker that the coordinator refused or forgot.
    struct Ended: Error, CustomStringConvertible {
        let description: String
    }

    let socket: Socket
    private let vector: [Float]
    private var machine: WorkerMachine
    /// The task and the number of tokens read, by lease.
    private var documents: [LeaseID: (task: Job.Task, tokensRead: Int)] = [:]
    private var outbox: [PeerMessage] = []

    /// - Parameter embeddingSize: the count of numbers in an embedding.
    /// - Throws: `ZeroMQError`, `ThreadError`.
    init(number: Int, endpoint: String, embeddingSize: Int, in context: Context) throws {
        let hello = PeerMessage.Hello(
            name: "pretend \(number)", instance: .random(in: .min ... .max), lanes: 1, credit: Limits.stepsPerLane,
            profile: "none")
        machine = WorkerMachine(hello: hello, now: Instant())
        // All numbers are long when written as text, as those of a model are.
        vector = (0..<embeddingSize).map { 1 / (Float(embeddingSize).squareRoot() + Float($0)) }
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.sendHighWaterMark = 64
        options.receiveHighWaterMark = 64
        socket = try Socket(.dealer, in: context, options: options)
        try socket.connect(to: endpoint)
    }

    var nextDeadline: Instant { machine.nextDeadline }
    var isJoined: Bool { machine.isJoined }
    /// Whether messages wait for the connection.
    var hasUnsent: Bool { !outbox.isEmpty }

    /// Takes the arrived messages, and sends what is due.
    /// - Throws: `ZeroMQError`, ``Ended``, or the error in a message.
    func work(at now: Instant) throws {
        while let message = try socket.receive() {
            let said = try FrameCoding.coordinatorMessage(from: message.frames.map(\.bytes))
            try perform(machine.handle(.message(said), at: now), at: now)
        }
        if machine.nextDeadline <= now { try perform(machine.handle(.tick(progress: [0]), at: now), at: now) }
        while let message = outbox.first, try socket.send(FrameCoding.frames(of: message).map { Frame($0) }) == .sent {
            outbox.removeFirst()
        }
    }

    private func perform(_ actions: [WorkerAction], at now: Instant) throws {
        for action in actions {
            switch action {
            case .send(.hello(let hello)):
                // Only the last hello counts.
                outbox = [.hello(hello)]
            case .send(let message):
                outbox.append(message)
            case .open(let grant):
                // No snapshots are taken: a document begins at its start.
                documents[grant.lease] = (grant.task, 0)
            case .close(let lease):
                documents[lease] = nil
            case .compute(let lane, let step):
                let outcome = StepOutcome.output(output(of: step))
                let computed = WorkerEvent.stepComputed(lane: lane, step.lease, number: step.number, .outcome(outcome))
                try perform(machine.handle(computed, at: now), at: now)
            case .reconnect:
                throw Ended(description: "the coordinator is silent")
            case .fail(let refused):
                throw Ended(description: "the coordinator refused a worker: \(refused.failure)")
            case .handBack, .endGenerating, .giveUp, .exit:
                break
            }
        }
    }

    /// The output of a step, with numbers that mean nothing.
    private func output(of step: Step) -> StepOutput {
        guard case .read(let tokens, let isLast) = step.work, let document = documents[step.lease] else {
            return StepOutput()
        }
        let read = document.tokensRead + tokens.count
        documents[step.lease]?.tokensRead = read
        switch document.task {
        case .embed:
            return StepOutput(embeddings: isLast ? [.init(window: 0, tokens: 0..<read, vector: vector)] : [])
        case .score:
            var logProbabilities = (0..<tokens.count).map { -1 - vector[$0 % vector.count] }
            if document.tokensRead == 0, !tokens.isEmpty { logProbabilities[0] = .nan }
            return StepOutput(
                tokenLogProbabilities: logProbabilities, negativeLogLikelihood: Double(read), scoredTokens: read - 1)
        case .generate:
            return StepOutput()
        }
    }
}
