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
        case .storageAnswers(let epoch, let event) where epoch == coordinator.epoch:
            if plant == .deliversToEndedLeases { return try deliverLate(event, coordinator) }
            try tell(coordinator, event)
        case .snapshotWritten(let epoch, let snapshot, let bytes) where epoch == coordinator.epoch:
            try snapshotArrives(snapshot, bytes, coordinator)
        case .snapshotSynchronized(let epoch, let snapshot) where epoch == coordinator.epoch:
            try snapshotIsDurable(snapshot, coordinator)
        case .documentRead(let epoch, let key) where epoch == coordinator.epoch:
            try readDocument(key, coordinator)
        case .jobSubmitted(let place):
            let job = jobs[place]
            guard ledger.states[job.id] == nil else { return }
            if !ledger.running.isEmpty { tally.count(.severalJobsAtOnce) }
            ledger.admit(job.id)
            try tell(coordinator, .progress(.jobAdmitted(job.id, job.plan)))
        default:
            break
        }
    }

    private func startCoordinator() throws(Violation) {
        guard coordinator == nil else { return }
        if plant != .epochStandsStill || epoch == 0 { epoch += 1 }
        let node = CoordinatorNode(epoch: epoch, policy)
        coordinator = node
        for (key, snapshots) in ledger.snapshots {
            for snapshot in snapshots where disk[key, snapshot.point] == nil {
                throw Violation(.snapshotsDurable, "\(key) at \(snapshot.point)")
            }
        }
        for job in ledger.running {
            guard let plan = self.job(job)?.plan else { continue }
            try tell(node, .progress(.jobAdmitted(job, plan)))
        }
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

    // MARK: - Inputs

    private func readInputs(_ job: JobID, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let pretend = self.job(job), var reader = coordinator.readers[job], ledger.states[job] == .running else {
            return
        }
        while reader.next < pretend.documents.count,
            ledger.endings[DocumentKey(job: job, ordinal: reader.next)] != nil
        {
            reader.next += 1
        }
        guard reader.next < pretend.documents.count else {
            coordinator.readers[job] = nil
            return try tell(coordinator, .progress(.inputsExhausted(job)))
        }
        let key = DocumentKey(job: job, ordinal: reader.next)
        reader.next += 1
        reader.wanted -= 1
        reader.isReading = reader.wanted > 0
        coordinator.readers[job] = reader
        if reader.isReading {
            agenda.add(.inputsRead(epoch: coordinator.epoch, job), at: now.advanced(by: random.duration(0...20)))
        }
        if pretend.documents[key.ordinal].fate == .rejected {
            tally.count(.documentRejected)
            try end(key, .error("rejected"), coordinator)
            return try tell(coordinator, .progress(.documentRejected(key)))
        }
        let snapshots = ledger.snapshots[key] ?? []
        coordinator.documents[key] = .init(parts: snapshots.last?.parts ?? [], profile: snapshots.last?.profile ?? "")
        agenda.add(.documentRead(epoch: coordinator.epoch, key), at: now.advanced(by: random.duration(0...50)))
        let resumption = snapshots.last.map { Resumption(profile: $0.profile, points: snapshots.map(\.point)) }
        try tell(coordinator, .progress(.documentOpened(key, resumption: resumption)))
    }

    /// Some more of a document is tokenised, at whatever speed.
    private func readDocument(_ key: DocumentKey, _ coordinator: CoordinatorNode) throws(Violation) {
        guard let document = job(key.job)?.documents[key.ordinal], var open = coordinator.documents[key] else { return }
        let length = document.tokens.count
        open.tokensRead = min(length, open.tokensRead + Int.random(in: 0...1500, using: &random))
        coordinator.documents[key] = open
        if case .abandoned(let after) = document.fate, open.tokensRead >= after {
            tally.count(.documentAbandoned)
            try end(key, .error("abandoned"), coordinator)
            return try tell(coordinator, .progress(.documentAbandoned(key)))
        }
        // The end may be news by itself, when the input ends where a portion did.
        var isComplete = open.tokensRead == length && random.chance(0.7)
        if plant == .forgetsTheEndOfADocument { isComplete = false }
        try tell(coordinator, .progress(.tokensRead(key, total: open.tokensRead, isComplete: isComplete)))
        if !isComplete, !(plant == .forgetsTheEndOfADocument && open.tokensRead == length) {
            agenda.add(.documentRead(epoch: coordinator.epoch, key), at: now.advanced(by: random.duration(0...300)))
        }
    }
}
