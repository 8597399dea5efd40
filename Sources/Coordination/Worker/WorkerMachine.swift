import Jobs

/// The decisions of a worker: which step goes to which lane, when it sends messages, and when it starts over.
///
/// A state machine without I/O, clock or randomness, like ``Scheduler``. The steps of one lease are computed in the
/// order of their numbers, on any lane. Steps of different leases are computed side by side, up to a batch of them on
/// one lane.
///
/// A worker that is told to stop drains: lanes end their steps, waiting steps are dropped, and every lease goes back
/// with the state after its last result. When the coordinator has released the last lease, the worker says goodbye.
public struct WorkerMachine: ~Copyable {
    private struct LeaseProgress {
        var steps: [Step] = []
        /// The lane that computes the lease's next step.
        var lane: Int?
        /// The number of the step that arrives next.
        var nextNumber: Int
        /// The number of the step whose result is sent next.
        var nextResult: Int
        var isHandedBack = false

        init(_ grant: LeaseGrant) {
            nextNumber = grant.firstStep
            nextResult = grant.firstStep
        }
    }

    private enum Membership: Equatable {
        case joining
        case joined
        case gone
    }

    /// The steps that a lane has in hand, and its last progress.
    private struct Lane {
        /// The tokens to read of each lease's step.
        var tokens: [LeaseID: Int] = [:]
        var count: UInt64?
        var since = Instant()

        var isIdle: Bool { tokens.isEmpty }
        /// The sum of all tokens to read.
        var load: Int { tokens.values.reduce(0, +) }
    }

    private var hello: PeerMessage.Hello
    private var membership = Membership.joining
    private var isDraining = false
    private var leases: [LeaseID: LeaseProgress] = [:]
    /// The leases, in the order in which they were granted.
    private var leaseOrder: [LeaseID] = []
    /// The newest lease of this session. Lease numbers grow, so a lease with a smaller number has come before.
    private var newestLease: LeaseID?
    private var lanes: [Lane]
    private var lastHeard: Instant
    private var nextBeat: Instant
    private var now: Instant

    public init(hello: PeerMessage.Hello, now: Instant) {
        self.hello = hello
        self.now = now
        lanes = Array(repeating: Lane(), count: hello.lanes)
        lastHeard = now
        nextBeat = now
    }

    /// The time of the next ``WorkerEvent/tick(progress:)``.
    public var nextDeadline: Instant { min(nextBeat, silenceDeadline) }

    /// Whether the coordinator has welcomed the worker.
    public var isJoined: Bool { membership == .joined }

    public mutating func handle(_ event: WorkerEvent, at now: Instant) -> [WorkerAction] {
        var actions: [WorkerAction] = []
        guard membership != .gone else { return actions }
        self.now = now
        switch event {
        case .message(let message):
            lastHeard = now
            messageArrived(message, &actions)
        case .stepComputed(let lane, let lease, let number, let computed):
            lanes[lane].tokens[lease] = nil
            (lanes[lane].count, lanes[lane].since) = (nil, now)
            stepComputed(lease, number, computed, &actions)
        case .tick(let progress):
            tick(progress, &actions)
        case .stop:
            drain(&actions)
        }
        fillLanes(&actions)
        leaveIfDrained(&actions)
        return actions
    }

    private var silenceDeadline: Instant { lastHeard.advanced(by: Limits.coordinatorSilence) }

    private mutating func tick(_ progress: [UInt64], _ actions: inout [WorkerAction]) {
        if silenceDeadline <= now {
            lastHeard = now
            startOver(&actions)
            actions.append(.reconnect)
        }
        for (lane, count) in zip(lanes.indices, progress) where !lanes[lane].isIdle {
            if lanes[lane].count != count {
                (lanes[lane].count, lanes[lane].since) = (count, now)
            } else if lanes[lane].since.advanced(by: Limits.laneSilence) <= now {
                membership = .gone
                return actions.append(.giveUp(lane: lane))
            }
        }
        if nextBeat <= now {
            nextBeat = now.advanced(by: Limits.heartbeatInterval)
            switch membership {
            case .joining:
                actions.append(.send(.hello(hello)))
            case .joined:
                let counts = lanes.enumerated().map { lane, state in
                    state.isIdle ? nil : progress.indices.contains(lane) ? progress[lane] : 0
                }
                actions.append(.send(.heartbeat(.init(progress: counts))))
            case .gone:
                break
            }
        }
    }

    private mutating func messageArrived(_ message: CoordinatorMessage, _ actions: inout [WorkerAction]) {
        switch message {
        case .welcome where membership == .joining:
            membership = .joined
            newestLease = nil
        case .rejoin where membership == .joining:
            // The message answers one that the worker sent before its hello. Another hello would end the session that
            // the first one begins.
            break
        case .welcome, .rejoin:
            // A second welcome answers a repeated hello, which arrived after the first session had ended. Nobody will
            // release the leases of the first session.
            startOver(&actions)
            if !isDraining { actions.append(.send(.hello(hello))) }
        case .heartbeat, .accepted, .status:
            break
        case .lease(let grant):
            // A lease before the welcome belongs to an earlier session, and nobody will release it.
            guard membership == .joined, newestLease.map({ $0 < grant.lease }) ?? true else { return }
            newestLease = grant.lease
            leases[grant.lease] = LeaseProgress(grant)
            leaseOrder.append(grant.lease)
            actions.append(.open(grant))
            // The lease was on its way when the worker began to drain.
            if isDraining { handBack(grant.lease, &actions) }
        case .step(let step):
            // The lease may have been released while the step was on its way. A step out of order is an error of the
            // coordinator.
            guard !isDraining, var lease = leases[step.lease], step.number == lease.nextNumber else { return }
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
        leases[lease]?.lane = nil
        switch computed {
        case .outcome(let outcome, let snapshot):
            leases[lease]?.nextResult = number + 1
            let result = StepResult(lease: lease, number: number, outcome: outcome, snapshot: snapshot)
            actions.append(.send(.result(result)))
            // The document has no valid state, so its further steps cannot be computed.
            if case .documentFailed = outcome { return close(lease, &actions) }
            if isDraining { handBack(lease, &actions) }
        case .unable(let failure):
            actions.append(.send(.refusal(.init(lease: lease, failure: failure))))
            close(lease, &actions)
        case .unreadableSnapshot(let failure):
            actions.append(.send(.refusal(.init(lease: lease, subject: .snapshot, failure: failure))))
            close(lease, &actions)
        }
    }

    /// Gives steps to lanes. An idle lane takes any step; a busy lane takes as many as can share its passes over the
    /// weights. The rest waits for the lane that is free first.
    private mutating func fillLanes(_ actions: inout [WorkerAction]) {
        guard membership == .joined else { return }
        let mostTogether = Limits.passesTogether * hello.rowsPerPass
        for lease in leaseOrder {
            guard let progress = leases[lease], progress.lane == nil, let step = progress.steps.first else { continue }
            let tokens = step.work.tokensToRead
            let open = lanes.indices.filter { lane in
                lanes[lane].isIdle
                    || lanes[lane].tokens.count < hello.batch
                        && (tokens == 0 || lanes[lane].load + min(tokens, mostTogether) <= mostTogether)
            }
            let leastFull = open.min {
                (lanes[$0].tokens.count, lanes[$0].load) < (lanes[$1].tokens.count, lanes[$1].load)
            }
            guard let lane = leastFull else { continue }
            if lanes[lane].isIdle { (lanes[lane].count, lanes[lane].since) = (nil, now) }
            lanes[lane].tokens[lease] = tokens
            leases[lease]?.lane = lane
            leases[lease]?.steps.removeFirst()
            actions.append(.compute(lane: lane, step))
        }
    }

    // MARK: - Leaving

    private mutating func drain(_ actions: inout [WorkerAction]) {
        guard !isDraining else { return }
        isDraining = true
        guard membership == .joined else { return }
        actions.append(.send(.drain))
        for lease in leaseOrder {
            leases[lease]?.steps = []
            if let progress = leases[lease], progress.lane == nil { handBack(lease, &actions) }
        }
        if lanes.contains(where: { !$0.isIdle }) { actions.append(.endGenerating) }
    }

    private mutating func handBack(_ lease: LeaseID, _ actions: inout [WorkerAction]) {
        guard let progress = leases[lease], !progress.isHandedBack else { return }
        leases[lease]?.isHandedBack = true
        actions.append(.handBack(lease, nextStep: progress.nextResult))
    }

    private mutating func leaveIfDrained(_ actions: inout [WorkerAction]) {
        guard isDraining, membership != .gone, leases.isEmpty else { return }
        membership = .gone
        actions += [.send(.goodbye), .exit]
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
