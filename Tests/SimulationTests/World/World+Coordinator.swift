import Coordination
import Jobs
import TestSupport

/// What comes to the coordinator's daemon: messages, time, and its own inputs.
extension World {
    func handleAtCoordinator(_ occurrence: Occurrence) throws(Violation) {
        if case .coordinatorStarts = occurrence { return try startCoordinator() }
        if case .coordinatorResumes(let epoch) = occurrence {
            if coordinator?.epoch == epoch { try resumeCoordinator() }
            return
        }
        guard let coordinator, !coordinator.isPaused else {
            if case .jobSubmitted = occurrence {
                // The client asks again until it is told that the job is accepted.
                agenda.add(occurrence, at: now.advanced(by: .seconds(1)))
            } else {
                self.coordinator?.held.append(occurrence)
            }
            return
        }
        switch occurrence {
        case .arrivalAtCoordinator(let connection):
            try arriveAtCoordinator(connection, coordinator)
        case .doubledAtCoordinator(let connection, let message):
            guard network[connection]?.isOpenToCoordinator == true else { return }
            try hear(message, on: connection, coordinator)
        case .coordinatorTick(let epoch) where epoch == coordinator.epoch:
            coordinator.nextTick = nil
            try tell(coordinator, .progress(.tick))
            if let deadline = coordinator.machine.nextDeadline, deadline <= now {
                throw Violation(.deadlines, "coordinator at \(deadline.sinceStart)")
            }
        case .inputsRead(let epoch, let job) where epoch == coordinator.epoch:
            try readInputs(job, coordinator)
        case .documentRead(let epoch, let key) where epoch == coordinator.epoch:
            try readDocument(key, coordinator)
        case .storageHears(let epoch, let order) where epoch == coordinator.epoch:
            try hear(order, coordinator)
        case .storageTells(let epoch, let event) where epoch == coordinator.epoch:
            if plant == .deliversToEndedLeases, case .ready = event { return try deliverLate(event, coordinator) }
            try tell(coordinator, event)
        case .storageTick(let epoch, let job) where epoch == coordinator.epoch:
            try storageTicks(job, coordinator)
        case .diskWorks(let epoch) where epoch == coordinator.epoch:
            try diskWorks(coordinator)
        case .snapshotWritten(let epoch, let key, let snapshot) where epoch == coordinator.epoch:
            try snapshotIsWritten(key, snapshot, coordinator)
        case .snapshotSynchronized(let epoch, let key, let snapshot) where epoch == coordinator.epoch:
            try snapshotIsDurable(key, snapshot, coordinator)
        case .jobSubmitted(let place):
            let job = jobs[place]
            guard ledger.states[job.id] == nil else { return }
            if !ledger.running.isEmpty { tally.count(.severalJobsAtOnce) }
            ledger.admit(job.id)
            try order(.begin(job.id), coordinator)
        default:
            break
        }
        try stepOn(coordinator)
    }

    private func startCoordinator() throws(Violation) {
        guard coordinator == nil else { return }
        if plant != .epochStandsStill || epoch == 0 { epoch += 1 }
        let node = CoordinatorNode(epoch: epoch, policy)
        coordinator = node
        for (key, snapshots) in ledger.snapshots {
            for snapshot in snapshots {
                guard disk[key, snapshot.point] != nil, disk.parts[key]?.count ?? 0 >= snapshot.progress.parts else {
                    throw Violation(.snapshotsDurable, "\(key) at \(snapshot.point)")
                }
            }
        }
        for job in jobs where ledger.states[job.id] == .completed { try checkRows(of: job) }
        for job in ledger.running { try order(.begin(job), node) }
        try stepOn(node)
    }

    func resumeCoordinator() throws(Violation) {
        guard let coordinator, coordinator.isPaused else { return }
        coordinator.isPaused = false
        var held = coordinator.held
        coordinator.held = []
        if random.chance(0.5) {
            let ticks = held.filter { if case .coordinatorTick = $0 { true } else { false } }
            held.removeAll { if case .coordinatorTick = $0 { true } else { false } }
            held += ticks
        }
        for occurrence in held {
            try handle(occurrence)
        }
    }

    // MARK: - Messages

    private func arriveAtCoordinator(_ connection: ConnectionID, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let state = network[connection] else { return }
        if now < state.stalledUntil {
            return agenda.add(.arrivalAtCoordinator(connection), at: state.stalledUntil)
        }
        guard let message = network.takeForCoordinator(connection) else { return }
        if usesFrames {
            let read = try? FrameCoding.peerMessage(from: FrameCoding.frames(of: message))
            guard read == message else { throw Violation(.rightRows, "\(message) does not come through") }
        }
        note("to coordinator on \(connection): \(message)")
        if isHostile, random.chance(0.03) {
            tally.count(.messageDoubled)
            agenda.add(.doubledAtCoordinator(connection, message), at: now.advanced(by: random.duration(0...8000)))
        }
        try hear(message, on: connection, coordinator)
    }

    private func hear(
        _ message: PeerMessage, on connection: ConnectionID, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        var heard = Heard(message, on: connection, from: coordinator.machine.worker(on: connection)?.id)
        noteHeard(message, on: connection, coordinator)
        if plant == .neverForgets, case .goodbye = message { return }
        if plant == .hidesProfiles, case .hello(var hello) = message {
            hello.profile = ""
            return try tell(coordinator, .said(.hello(hello), by: connection), heard)
        }
        if plant == .oldLeaseAsCurrent, case .result(let result) = message,
            let (altered, holder) = asCurrent(result, coordinator)
        {
            heard.sender = holder.id
            return try tell(coordinator, .said(.result(altered), by: holder.connection), heard)
        }
        try tell(coordinator, .said(message, by: connection), heard)
    }

    private func noteHeard(_ message: PeerMessage, on connection: ConnectionID, _ coordinator: CoordinatorNode) {
        switch message {
        case .hello(let hello):
            let isReplacing = coordinator.machine.workers.contains {
                $0.hello.instance == hello.instance && ($0.connection != connection || $0.hello.attempt < hello.attempt)
            }
            if isReplacing { tally.count(.workerReplaced) }
        case .handback(let handback):
            if referee.document(of: handback.lease) != nil { tally.count(.leaseReturned) }
        case .refusal(let refusal) where refusal.subject == .job:
            if referee.document(of: refusal.lease) != nil { tally.count(.leaseRefused) }
        case .heartbeat, .result, .refusal, .drain, .goodbye, .submit, .status:
            break
        }
    }

    /// Planted: a result of a lease that ended comes in as the next of the lease that its document has now.
    private func asCurrent(
        _ result: StepResult, _ coordinator: CoordinatorNode
    ) -> (StepResult, of: PeerTable<ConnectionID>.Worker)? {
        guard referee.document(of: result.lease) == nil, let key = granted[result.lease],
            let holder = referee.holder(of: key), let worker = coordinator.machine.worker(holder.worker)
        else { return nil }
        var altered = result
        (altered.lease, altered.number, altered.snapshot) = (holder.lease, holder.recorded, nil)
        return (altered, worker)
    }
}
