import Coordination
import Jobs
import TestSupport

/// What the coordinator decides, carried out as its daemon does it, under the eyes of the referee.
extension World {
    /// - Parameter heard: the message that the event tells of.
    func tell(
        _ coordinator: CoordinatorNode, _ event: CoordinatorEvent<ConnectionID>, _ heard: Heard? = nil
    ) throws(Violation) {
        guard self.coordinator === coordinator else { return }
        note("coordinator is told: \(event)")
        if case .progress(.jobStopped(let job)) = event {
            // Not before: the actions that followed from the last failure still speak of the job's documents.
            coordinator.readers[job] = nil
            coordinator.documents = coordinator.documents.filter { $0.key.job != job }
        }
        if case .refusal(let refusal) = heard?.message, refusal.subject == .job, let sender = heard?.sender {
            referee.refused(sender, refusal.lease)
        }
        var actions = coordinator.machine.handle(event, at: now)
        if plant == .recordsLast {
            actions.sort { !$0.isRecord && $1.isRecord }
        }
        try referee.checkOrder(actions)
        for action in actions {
            guard try isAlive(coordinator) else { return }
            note("coordinator: \(action)")
            try carryOut(action, coordinator, heard)
        }
        if let deadline = coordinator.machine.nextDeadline, plant != .neverForgets,
            coordinator.nextTick.map({ deadline < $0 }) ?? true
        {
            coordinator.nextTick = deadline
            agenda.add(.coordinatorTick(epoch: coordinator.epoch), at: max(now, deadline))
        }
        while !coordinator.following.isEmpty {
            try tell(coordinator, coordinator.following.removeFirst())
        }
    }

    private func isAlive(_ coordinator: CoordinatorNode) throws(Violation) -> Bool {
        guard let left = coordinator.actionsLeft else { return true }
        coordinator.actionsLeft = left - 1
        guard left == 0 else { return true }
        tally.count(.coordinatorKilledMidway)
        killCoordinator()
        return false
    }

    private func carryOut(
        _ action: CoordinatorAction<ConnectionID>, _ coordinator: CoordinatorNode, _ heard: Heard?
    ) throws(Violation) {
        switch action {
        case .record(let key, let lease, let output, _):
            try record(key, lease, output, heard, coordinator)
        case .keepSnapshot(let key, let lease, let point, let bytes, _):
            keepSnapshot(key, lease, point, bytes, coordinator)
        case .completeDocument(let key):
            let row = Row(coordinator.documents[key]?.parts ?? [])
            try end(key, .row(row), coordinator)
        case .failDocument(let key, let failure):
            tally.count(failure.code == "too_many_failures" ? .documentGivenUp : .documentFailed)
            try end(key, .error(failure.code), coordinator)
        case .restartDocument(let key, let point):
            tally.count(.documentRestarted)
            referee.ended(key)
            try restart(key, from: point, coordinator)
        case .discardSnapshot(let key, let point):
            tally.count(.snapshotRefused)
            ledger.discardSnapshots(of: key, from: point.steps)
        case .openDocuments(let job, let count):
            try openDocuments(job, count, coordinator)
        case .completeJob(let job):
            try complete(job)
        case .count(let reason, _):
            try count(reason, heard, coordinator)
        case .joined(let worker, let hello):
            // What it really said, whatever the coordinator was told.
            if case .hello(let said) = heard?.message {
                referee.joined(worker, said)
            } else {
                referee.joined(worker, hello)
            }
        case .forget(let worker, _):
            tally.count(.workerForgotten)
            try referee.forgotten(worker)
        case .refuse(let reason, let refused, _):
            throw Violation(.worker, "\(reason): \(refused.failure)")
        case .drains, .refused:
            break
        case .welcome(let worker): try send(.welcome, to: worker, coordinator)
        case .heartbeat(let worker): try send(.heartbeat, to: worker, coordinator)
        case .rejoin(let connection): try send(.rejoin, on: connection)
        case .grant(let worker, let lease, let key, let profile, let point):
            try grant(worker, lease, key, profile: profile, from: point, coordinator)
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            try referee.sent(worker.id, lease, number, work)
            var step = try step(lease, key, number, work, coordinator)
            step.wantsSnapshot = wantsSnapshot
            answer(.ready(.step(step), lease, worker.id), coordinator)
        case .deliver(let message, let worker): try send(message, to: worker, coordinator)
        case .release(let worker, let lease):
            referee.released(lease)
            if let worker { try send(.release(lease), to: worker, coordinator) }
        }
    }

    /// The storage answers in the order in which it was asked, at once or when its disk lets it.
    private func answer(_ event: CoordinatorEvent<ConnectionID>, _ coordinator: CoordinatorNode) {
        let time = max(now, coordinator.storageIsFree).advanced(by: random.duration(0...slowestStorage))
        coordinator.storageIsFree = time
        agenda.add(.storageAnswers(epoch: coordinator.epoch, event), at: time)
    }

    /// Planted: what was read for a lease is sent although the lease has ended.
    func deliverLate(_ event: CoordinatorEvent<ConnectionID>, _ coordinator: CoordinatorNode) throws(Violation) {
        guard case .ready(let message, _, let worker) = event, let there = coordinator.machine.worker(worker) else {
            return
        }
        try send(message, to: .init(id: worker, connection: there.connection), coordinator)
    }

    private func count(
        _ reason: RefusalCounts.Reason, _ heard: Heard?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let result = heard?.result, [.lateResult, .noSession].contains(reason) else { return }
        tally.count(.resultLate)
        if reason == .lateResult, plant == .recordsLateResults, let key = granted[result.lease],
            coordinator.documents[key] != nil, case .output(let output) = result.outcome
        {
            try record(key, result.lease, output, heard, coordinator)
        }
    }

    private func grant(
        _ worker: WorkerAddress<ConnectionID>, _ lease: LeaseID, _ key: DocumentKey, profile: String,
        from point: ResumePoint?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let job = job(key.job), ledger.endings[key] == nil else {
            throw Violation(.oneRow, "\(key) is given out again")
        }
        let snapshot = point.flatMap { ledger.snapshot(of: key, at: $0) }
        guard (point == nil) == (snapshot == nil) else {
            throw Violation(.snapshotsDurable, "\(key) is to go on from \(point, default: "its start")")
        }
        if try referee.granted(worker.id, lease, key, job.plan, from: snapshot) {
            tally.count(.documentChangedProfile)
        }
        granted[lease] = key
        coordinator.documents[key]?.lease = lease
        coordinator.documents[key]?.profile = profile
        if point != nil { tally.count(.snapshotResumed) }
        let grant = LeaseGrant(
            lease: lease, document: key, documentID: job.documents[key.ordinal].id, task: job.job.task,
            model: ModelReference(directory: job.job.model, digest: "", dataType: "f32"),
            firstStep: point?.steps ?? 0,
            snapshot: point.flatMap { disk[key, $0] })
        answer(.ready(.lease(grant), lease, worker.id), coordinator)
    }

    private func step(
        _ lease: LeaseID, _ key: DocumentKey, _ number: Int, _ work: StepPlan.Work, _ coordinator: CoordinatorNode
    ) throws(Violation) -> Step {
        switch work {
        case .generate(let sample, let atMost):
            return Step(lease: lease, number: number, work: .generate(sample: sample, atMost: atMost))
        case .read(let range, let isLast):
            guard let read = coordinator.documents[key]?.tokensRead, range.upperBound <= read,
                let tokens = job(key.job)?.documents[key.ordinal].tokens
            else { throw Violation(.stepsInOrder, "\(range) of \(key) has not been read") }
            return Step(lease: lease, number: number, work: .read(tokens: Array(tokens[range]), isLast: isLast))
        }
    }

    private func send(
        _ message: CoordinatorMessage, to worker: WorkerAddress<ConnectionID>, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        if network[worker.connection]?.isOpenToWorker != true, noticesClosedConnections, plant != .neverForgets {
            coordinator.following.append(.unreachable(worker.id))
        }
        try send(message, on: worker.connection)
    }

    func send(_ message: CoordinatorMessage, on connection: ConnectionID) throws(Violation) {
        if usesFrames {
            let read = try? FrameCoding.coordinatorMessage(from: FrameCoding.frames(of: message))
            guard read == message else { throw Violation(.rightRows, "\(message) does not come through") }
        }
        if let arrival = network.send(message, on: connection, at: now, &random) {
            agenda.add(.arrivalAtWorker(connection), at: arrival)
            if plant == .losesSingleMessages, random.chance(0.02) { network.loseOne(connection) }
        }
    }

    // MARK: - Records

    private func restart(
        _ key: DocumentKey, from point: ResumePoint?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard coordinator.documents[key] != nil else { return }
        var parts: [StepOutput] = []
        if let point {
            guard let snapshot = ledger.snapshot(of: key, at: point) else {
                throw Violation(.snapshotsDurable, "\(key) goes on from \(point), which is not recorded")
            }
            parts = snapshot.parts
        } else {
            ledger.discardSnapshots(of: key)
        }
        if plant == .keepsPartsOfLostDocuments || plant == .keepsRowsBehindSnapshots && point != nil { return }
        coordinator.documents[key]?.parts = parts
    }

    private func keepSnapshot(
        _ key: DocumentKey, _ lease: LeaseID, _ point: ResumePoint, _ bytes: [UInt8], _ coordinator: CoordinatorNode
    ) {
        guard let document = coordinator.documents[key], !random.chance(0.05) else {
            tally.count(.snapshotNotKept)
            return coordinator.following.append(.progress(.snapshotLost(key, point)))
        }
        let record = PretendLedger.Snapshot(point: point, profile: document.profile, parts: document.parts)
        let snapshot = PendingSnapshot(document: key, lease: lease, record: record)
        let written = max(now, coordinator.writerIsFree).advanced(by: random.duration(0...200))
        let durable = written.advanced(by: random.duration(0...600))
        coordinator.writerIsFree = durable
        agenda.add(.snapshotWritten(epoch: coordinator.epoch, snapshot, bytes), at: written)
        agenda.add(.snapshotSynchronized(epoch: coordinator.epoch, snapshot), at: durable)
    }

    func snapshotArrives(_ snapshot: PendingSnapshot, _ bytes: [UInt8], _ coordinator: CoordinatorNode)
        throws(Violation)
    {
        disk.write(bytes, snapshot.document, snapshot.record.point)
        if plant == .recordsSnapshotsBeforeSync { try record(snapshot, coordinator) }
    }

    func snapshotIsDurable(_ snapshot: PendingSnapshot, _ coordinator: CoordinatorNode) throws(Violation) {
        disk.synchronize(snapshot.document, snapshot.record.point)
        if plant != .recordsSnapshotsBeforeSync { try record(snapshot, coordinator) }
    }

    private func record(_ snapshot: PendingSnapshot, _ coordinator: CoordinatorNode) throws(Violation) {
        let (key, point) = (snapshot.document, snapshot.record.point)
        guard coordinator.documents[key]?.lease == snapshot.lease else {
            tally.count(.snapshotNotKept)
            return try tell(coordinator, .progress(.snapshotLost(key, point)))
        }
        tally.count(.snapshotKept)
        ledger.write(snapshot.record, of: key)
        try tell(coordinator, .progress(.snapshotWritten(key, point)))
    }

    private func record(
        _ key: DocumentKey, _ lease: LeaseID, _ output: StepOutput, _ heard: Heard?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let result = heard?.result, let sender = heard?.sender else {
            throw Violation(.recordedOnce, "\(key) has nothing to record")
        }
        try referee.recorded(key, lease, result, from: sender)
        if let generated = output.generated {
            if generated.finish == .stop { tally.count(.sampleEndedByModel) }
            if generated.finish == nil { tally.count(.sampleInSeveralSteps) }
        }
        coordinator.documents[key]?.parts.append(output)
    }

    func end(_ key: DocumentKey, _ ending: Ending, _ coordinator: CoordinatorNode) throws(Violation) {
        coordinator.documents[key] = nil
        guard ledger.states[key.job] == .running else { throw Violation(.oneRow, "\(key), whose job is over") }
        guard ending == job(key.job)?.endings[key.ordinal] else { throw Violation(.rightRows, "\(key)") }
        guard ledger.write(ending, of: key) else { throw Violation(.oneRow, "\(key) has one already") }
        if let limit = job(key.job)?.errorLimit, ledger.errors[key.job, default: 0] > limit {
            tally.count(.jobStopped)
            ledger.end(key.job, .stopped)
            coordinator.following.append(.progress(.jobStopped(key.job)))
        }
    }

    private func openDocuments(_ job: JobID, _ count: Int, _ coordinator: CoordinatorNode) throws(Violation) {
        guard count > 0, ledger.states[job] == .running else { return }
        var reader = coordinator.readers[job] ?? .init()
        reader.wanted += count
        if !reader.isReading {
            reader.isReading = true
            agenda.add(.inputsRead(epoch: coordinator.epoch, job), at: now.advanced(by: random.duration(0...50)))
        }
        coordinator.readers[job] = reader
        // What is open of later jobs, and of those that all refuse, must not keep this one waiting; nor does what is
        // asked of earlier ones whose inputs are silent.
        let others = ledger.order.prefix { $0 != job }.filter { !coordinator.machine.isRefusedByAll($0) }
        let ahead = (others + [job]).reduce(reader.wanted) { sum, id in
            sum + coordinator.documents.keys.count { $0.job == id && referee.holder(of: $0) == nil }
        }
        guard ahead <= Limits.documentsAhead + referee.laneCount else {
            throw Violation(.lookAhead, "\(ahead) documents that nobody has, for \(referee.laneCount) lanes")
        }
    }

    private func complete(_ job: JobID) throws(Violation) {
        // The failure that passed the limit was also that of the last document: it stays stopped.
        if ledger.states[job] == .stopped { return }
        guard ledger.states[job] == .running else { throw Violation(.jobEnds, "\(job) is over") }
        let endings = self.job(job)?.documents.indices.count {
            ledger.endings[DocumentKey(job: job, ordinal: $0)] != nil
        }
        guard endings == self.job(job)?.documents.count else {
            throw Violation(.jobEnds, "\(job) has \(endings ?? 0) endings")
        }
        ledger.end(job, .completed)
    }
}

extension CoordinatorAction {
    fileprivate var isRecord: Bool {
        if case .record = self { true } else { false }
    }
}
