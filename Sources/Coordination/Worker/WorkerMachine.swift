/// What a worker does with what it hears: which step goes to which lane, when it speaks, when it starts over.
///
/// A machine without I/O, clock or randomness, like ``Scheduler``. Steps of one lease are computed one after the other
/// in the order of their numbers, on any lane; steps of different leases side by side.
public struct WorkerMachine: ~Copyable {
    private struct LeaseProgress {
        var steps: [Step] = []
        var isComputing = false
        var nextNumber = 0
    }

    private enum Membership: Equatable {
        case joining
        case joined
        case gone
    }

    private var hello: PeerMessage.Hello
    private var membership = Membership.joining
    private var leases: [LeaseID: LeaseProgress] = [:]
    /// In the order in which they were granted.
    private var leaseOrder: [LeaseID] = []
    private var idleLanes: Set<Int>
    private var lastHeard: Instant
    private var nextBeat: Instant

    public init(hello: PeerMessage.Hello, now: Instant) {
        self.hello = hello
        idleLanes = Set(0..<hello.lanes)
        lastHeard = now
        nextBeat = now
    }

    /// When a ``WorkerEvent/tick(progress:)`` is due.
    public var nextDeadline: Instant { min(nextBeat, silenceDeadline) }

    /// Whether the coordinator has answered.
    public var isJoined: Bool { membership == .joined }

    public mutating func handle(_ event: WorkerEvent, at now: Instant) -> [WorkerAction] {
        var actions: [WorkerAction] = []
        guard membership != .gone else { return actions }
        switch event {
        case .message(let message):
            lastHeard = now
            messageArrived(message, &actions)
        case .stepComputed(let lane, let lease, let number, let computed):
            idleLanes.insert(lane)
            stepComputed(lease, number, computed, &actions)
        case .tick(let progress):
            tick(progress, now, &actions)
        case .stop:
            membership = .gone
            actions += [.send(.goodbye), .exit]
            return actions
        }
        useIdleLanes(&actions)
        return actions
    }

    private var silenceDeadline: Instant { lastHeard.advanced(by: Limits.coordinatorSilence) }

    private mutating func tick(_ progress: UInt64, _ now: Instant, _ actions: inout [WorkerAction]) {
        if silenceDeadline <= now {
            lastHeard = now
            startOver(&actions)
            actions.append(.reconnect)
        }
        if nextBeat <= now {
            nextBeat = now.advanced(by: Limits.heartbeatInterval)
            switch membership {
            case .joining:
                actions.append(.send(.hello(hello)))
            case .joined:
                let isBusy = idleLanes.count < hello.lanes
                actions.append(.send(.heartbeat(.init(progress: progress, isBusy: isBusy))))
            case .gone:
                break
            }
        }
    }

    private mutating func messageArrived(_ message: CoordinatorMessage, _ actions: inout [WorkerAction]) {
        switch message {
        case .welcome where membership == .joining:
            membership = .joined
        case .rejoin where membership == .joining:
            // This answers what the worker said before its hello: one answer a message, of which the first was enough.
            // Another hello would end the session that the one under way begins.
            break
        case .welcome, .rejoin:
            // A second welcome answers a hello said again, which arrived after the first session was given up: nobody
            // will release the leases of that one.
            startOver(&actions)
            actions.append(.send(.hello(hello)))
        case .heartbeat, .accepted, .status:
            break
        case .lease(let grant):
            // What comes before the welcome is of an earlier session, and nobody will release it.
            guard membership == .joined, leases[grant.lease] == nil else { return }
            leases[grant.lease] = LeaseProgress()
            leaseOrder.append(grant.lease)
            actions.append(.open(grant))
        case .step(let step):
            // A step of a released lease was on its way when the release was sent; one out of order is not ours.
            guard var lease = leases[step.lease], step.number == lease.nextNumber else { return }
            lease.nextNumber += 1
            lease.steps.append(step)
            leases[step.lease] = lease
        case .release(let lease):
            close(lease, &actions)
        case .refused(let refused):
            membership = .gone
            actions.append(.fail(refused))
        }
    }

    private mutating func stepComputed(
        _ lease: LeaseID, _ number: Int, _ computed: ComputedStep, _ actions: inout [WorkerAction]
    ) {
        guard leases[lease] != nil else { return }
        leases[lease]?.isComputing = false
        switch computed {
        case .outcome(let outcome):
            actions.append(.send(.result(StepResult(lease: lease, number: number, outcome: outcome))))
            // What its steps in hand would be computed from is no pass over the document.
            if case .documentFailed = outcome { close(lease, &actions) }
        case .unable(let failure):
            actions.append(.send(.refusal(.init(lease: lease, failure: failure))))
            close(lease, &actions)
        }
    }

    private mutating func useIdleLanes(_ actions: inout [WorkerAction]) {
        guard membership == .joined else { return }
        for lease in leaseOrder {
            guard let lane = idleLanes.min() else { return }
            guard let progress = leases[lease], !progress.isComputing, !progress.steps.isEmpty else { continue }
            idleLanes.remove(lane)
            leases[lease]?.isComputing = true
            if let step = leases[lease]?.steps.removeFirst() {
                actions.append(.compute(lane: lane, step))
            }
        }
    }

    private mutating func startOver(_ actions: inout [WorkerAction]) {
        membership = .joining
        hello.attempt += 1
        for lease in leaseOrder {
            close(lease, &actions)
        }
    }

    private mutating func close(_ lease: LeaseID, _ actions: inout [WorkerAction]) {
        guard leases.removeValue(forKey: lease) != nil else { return }
        leaseOrder.removeAll { $0 == lease }
        actions.append(.close(lease))
    }
}
