import Coordination
import Jobs

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
            try tell(coordinator, .tick)
            if let deadline = coordinator.scheduler.nextDeadline, deadline <= now {
                throw Violation(.deadlines, "coordinator at \(deadline.sinceStart)")
            }
        case .inputsRead(let epoch, let job) where epoch == coordinator.epoch:
            try readInputs(job, coordinator)
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
            try tell(coordinator, .jobAdmitted(job.id, job.plan))
        default:
            break
        }
    }

    private func startCoordinator() throws(Violation) {
        guard coordinator == nil else { return }
        if plant != .epochStandsStill || epoch == 0 { epoch += 1 }
        let node = CoordinatorNode(epoch: epoch, Door(), policy)
        coordinator = node
        for (key, snapshots) in ledger.snapshots {
            for snapshot in snapshots where disk[key, snapshot.point] == nil {
                throw Violation(.snapshotsDurable, "\(key) at \(snapshot.point)")
            }
        }
        for job in ledger.running {
            guard let plan = self.job(job)?.plan else { continue }
            try tell(node, .jobAdmitted(job, plan))
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
        if case .hello(let hello) = message {
            switch coordinator.door.enter(hello, on: connection) {
            case .stale: return
            case .known(let worker): return try tell(coordinator, .workerHeard(worker))
            case .joins(let worker, let earlier, let former):
                if let earlier {
                    tally.count(.workerReplaced)
                    try tell(coordinator, .workerLeft(earlier))
                    guard self.coordinator === coordinator else { return }
                }
                referee.joined(worker, hello)
                let profile = plant == .hidesProfiles ? "" : hello.profile
                return try tell(
                    coordinator,
                    .workerJoined(
                        worker, lanes: hello.lanes, batch: hello.batch, credit: hello.credit, profile: profile,
                        formerly: former))
            }
        }
        if plant == .oldLeaseAsCurrent, case .result(let result) = message, try takeAsCurrent(result, coordinator) {
            return
        }
        guard let worker = coordinator.door.worker(on: connection) else {
            if case .result = message { tally.count(.resultLate) }
            return try send(.rejoin, on: connection)
        }
        switch message {
        case .heartbeat(let heartbeat): try tell(coordinator, .workerHeard(worker, progress: heartbeat.progress))
        case .drain: try tell(coordinator, .workerDrains(worker))
        case .handback(let handback):
            if referee.document(of: handback.lease) != nil { tally.count(.leaseReturned) }
            try tell(
                coordinator,
                .leaseReturned(
                    worker, handback.lease, steps: handback.nextStep, hasSnapshot: handback.snapshot != nil),
                snapshot: handback.snapshot)
        case .refusal(let refusal) where refusal.subject == .snapshot:
            try tell(coordinator, .snapshotRefused(worker, refusal.lease))
        case .goodbye: if plant != .neverForgets { try tell(coordinator, .workerLeft(worker)) }
        case .refusal(let refusal):
            if referee.document(of: refusal.lease) != nil { tally.count(.leaseRefused) }
            referee.refused(worker, refusal.lease)
            try tell(coordinator, .leaseRefused(worker, refusal.lease))
        case .result(let result): try take(result, from: worker, coordinator)
        case .hello, .submit, .status: break
        }
    }

    private func take(
        _ result: StepResult, from worker: WorkerID, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        let event = SchedulerEvent.stepFinished(
            worker, result.lease, number: result.number, StepSummary(result.outcome),
            hasSnapshot: result.snapshot != nil)
        try tell(coordinator, event, result, worker, snapshot: result.snapshot)
    }

    /// Planted: a result of a lease that ended comes in as the next of the lease that its document has now.
    private func takeAsCurrent(_ result: StepResult, _ coordinator: CoordinatorNode) throws(Violation) -> Bool {
        guard referee.document(of: result.lease) == nil, let key = granted[result.lease],
            let holder = referee.holder(of: key)
        else { return false }
        let event = SchedulerEvent.stepFinished(
            holder.worker, holder.lease, number: holder.recorded, StepSummary(result.outcome))
        try tell(coordinator, event, result, holder.worker)
        return true
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
            return try tell(coordinator, .inputsExhausted(job))
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
            return try tell(coordinator, .documentRejected(key))
        }
        let snapshots = ledger.snapshots[key] ?? []
        coordinator.documents[key] = .init(parts: snapshots.last?.parts ?? [], profile: snapshots.last?.profile ?? "")
        agenda.add(.documentRead(epoch: coordinator.epoch, key), at: now.advanced(by: random.duration(0...50)))
        let resumption = snapshots.last.map { Resumption(profile: $0.profile, points: snapshots.map(\.point)) }
        try tell(coordinator, .documentOpened(key, resumption: resumption))
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
            return try tell(coordinator, .documentAbandoned(key))
        }
        // The end may be news by itself, when the input ends where a portion did.
        var isComplete = open.tokensRead == length && random.chance(0.7)
        if plant == .forgetsTheEndOfADocument { isComplete = false }
        try tell(coordinator, .tokensRead(key, total: open.tokensRead, isComplete: isComplete))
        if !isComplete, !(plant == .forgetsTheEndOfADocument && open.tokensRead == length) {
            agenda.add(.documentRead(epoch: coordinator.epoch, key), at: now.advanced(by: random.duration(0...300)))
        }
    }
}

extension StepSummary {
    init(_ outcome: StepOutcome) {
        switch outcome {
        case .documentFailed: self = .documentFailed
        case .output(let output):
            if let generated = output.generated {
                self = .generated(tokens: generated.tokens.count, isFinished: generated.finish != nil)
            } else {
                self = .read
            }
        }
    }
}
