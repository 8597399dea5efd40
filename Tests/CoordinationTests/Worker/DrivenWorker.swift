import Coordination
import Jobs

/// A worker machine and the moment at which it is told things.
/// A class, because expectations copy what they look at, and a machine is not copied.
final class DrivenWorker {
    private var machine: WorkerMachine
    private(set) var now = Instant()

    init(lanes: Int = 2, batch: Int = 1) {
        machine = WorkerMachine(hello: .example(lanes: lanes, batch: batch), now: now)
    }

    /// A worker that has been welcomed, and holds these leases.
    static func joined(lanes: Int = 2, batch: Int = 1, leases: [LeaseID] = []) -> DrivenWorker {
        let worker = DrivenWorker(lanes: lanes, batch: batch)
        worker.tell(.tick(progress: []))
        worker.hear(.welcome)
        leases.forEach { worker.hear(.lease(.example($0))) }
        return worker
    }

    var nextDeadline: Instant { machine.nextDeadline }
    var isJoined: Bool { machine.isJoined }

    func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
    }

    @discardableResult
    func tell(_ event: WorkerEvent) -> [WorkerAction] {
        machine.handle(event, at: now)
    }

    @discardableResult
    func hear(_ message: CoordinatorMessage) -> [WorkerAction] {
        tell(.message(message))
    }

    @discardableResult
    func compute(
        _ lease: LeaseID, _ number: Int, lane: Int, _ computed: ComputedStep = .outcome(.output(StepOutput()))
    ) -> [WorkerAction] {
        tell(.stepComputed(lane: lane, lease, number: number, computed))
    }
}

extension PeerMessage.Hello {
    static func example(lanes: Int = 2, batch: Int = 1, attempt: Int = 0) -> PeerMessage.Hello {
        PeerMessage.Hello(
            name: "here", instance: 42, attempt: attempt, lanes: lanes, batch: batch, credit: (batch + 1) * lanes,
            profile: "plain")
    }
}

extension LeaseGrant {
    static func example(_ lease: LeaseID) -> LeaseGrant {
        LeaseGrant(
            lease: lease, document: .first(3), documentID: "books/3.txt", task: .embed(EmbedOptions()),
            model: ModelReference(directory: "/models/m", digest: "d1", dataType: "f32"))
    }
}

extension Step {
    static func example(_ lease: LeaseID, _ number: Int) -> Step {
        Step(lease: lease, number: number, work: .read(tokens: [1, 2, 3], isLast: false))
    }
}

extension Step {
    static func reading(_ lease: LeaseID, _ tokens: Int) -> Step {
        Step(lease: lease, number: 0, work: .read(tokens: Array(repeating: 1, count: tokens), isLast: true))
    }

    static func generating(_ lease: LeaseID) -> Step {
        Step(lease: lease, number: 0, work: .generate(sample: 0, atMost: 256))
    }
}

extension WorkerAction {
    static func result(_ lease: LeaseID, _ number: Int) -> WorkerAction {
        .send(.result(StepResult(lease: lease, number: number, outcome: .output(StepOutput()))))
    }
}
