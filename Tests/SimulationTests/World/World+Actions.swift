import Coordination
import Jobs

/// What the scheduler decides, carried out as the coordinator's daemon does it, under the eyes of the referee.
extension World {
    /// - Parameter result: what the event brings, and who it is of.
    func tell(
        _ coordinator: CoordinatorNode, _ event: SchedulerEvent, _ result: StepResult? = nil,
        _ sender: WorkerID? = nil, snapshot: [UInt8]? = nil
    ) throws(Violation) {
        guard self.coordinator === coordinator else { return }
        note("coordinator is told: \(event)")
        if case .jobStopped(let job) = event {
            // Not before: the actions that followed from the last failure still speak of the job's documents.
            coordinator.readers[job] = nil
            coordinator.documents = coordinator.documents.filter { $0.key.job != job }
        }
        var actions = coordinator.scheduler.handle(event, at: now)
        if plant == .recordsLast {
            actions.sort { !$0.isRecord && $1.isRecord }
        }
        try referee.checkOrder(actions)
        for action in actions {
            guard try isAlive(coordinator) else { return }
            note("coordinator: \(action)")
            if case .keepSnapshot(let key, let lease, let point) = action {
                keepSnapshot(key, lease, point, snapshot, coordinator)
            } else {
                try carryOut(action, coordinator, result, sender)
            }
        }
        if let deadline = coordinator.scheduler.nextDeadline, plant != .neverForgets,
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
        _ action: SchedulerAction, _ coordinator: CoordinatorNode, _ result: StepResult?, _ sender: WorkerID?
    ) throws(Violation) {
        switch action {
        case .record(let key, let lease):
            try record(key, lease, result, sender, coordinator)
        case .countLate(let lease):
            tally.count(.resultLate)
            if plant == .recordsLateResults, let result, let key = granted[lease], coordinator.documents[key] != nil {
                try record(key, lease, result, sender, coordinator)
            }
        case .completeDocument(let key):
            let row = Row(coordinator.documents[key]?.parts ?? [])
            try end(key, .row(row), coordinator)
        case .failDocument(let key):
            guard case .documentFailed(let failure) = result?.outcome else {
                throw Violation(.rightRows, "\(key) failed without a failure")
            }
            tally.count(.documentFailed)
            try end(key, .error(failure.code), coordinator)
        case .giveUpDocument(let key, let failure):
            tally.count(.documentGivenUp)
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
        case .welcome, .heartbeat, .forget, .grant, .sendStep, .release:
            try carryOutForWorker(action, coordinator)
        case .keepSnapshot:
            break
        }
    }

    private func carryOutForWorker(_ action: SchedulerAction, _ coordinator: CoordinatorNode) throws(Violation) {
        switch action {
        case .welcome(let worker): try send(.welcome, to: worker, coordinator)
        case .heartbeat(let worker): try send(.heartbeat, to: worker, coordinator)
        case .forget(let worker):
            tally.count(.workerForgotten)
            try referee.forgotten(worker)
            coordinator.door.lose(worker)
        case .grant(let worker, let lease, let key, let point):
            guard let job = job(key.job), ledger.endings[key] == nil else {
                throw Violation(.oneRow, "\(key) is given out again")
            }
            let snapshot = point.flatMap { ledger.snapshot(of: key, at: $0) }
            guard (point == nil) == (snapshot == nil) else {
                throw Violation(.snapshotsDurable, "\(key) is to go on from \(point, default: "its start")")
            }
            if try referee.granted(worker, lease, key, job.plan, from: snapshot) {
                tally.count(.documentChangedProfile)
            }
            granted[lease] = key
            coordinator.documents[key]?.lease = lease
            coordinator.documents[key]?.profile = coordinator.door.profile(of: worker)
            if point != nil { tally.count(.snapshotResumed) }
            let grant = LeaseGrant(
                lease: lease, document: key, documentID: job.documents[key.ordinal].id, task: job.job.task,
                model: ModelReference(directory: job.job.model, digest: "", dataType: "f32"),
                firstStep: point?.steps ?? 0,
                snapshot: point.flatMap { disk[key, $0] })
            try send(.lease(grant), to: worker, coordinator)
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            try referee.sent(worker, lease, number, work)
            var step = try step(lease, key, number, work, coordinator)
            step.wantsSnapshot = wantsSnapshot
            try send(.step(step), to: worker, coordinator)
        case .release(let worker, let lease):
            referee.released(lease)
            try send(.release(lease), to: worker, coordinator)
        default:
            break
        }
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
        _ message: CoordinatorMessage, to worker: WorkerID, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let connection = coordinator.door.connection(of: worker) else { return }
        if network[connection]?.isOpenToWorker != true, noticesClosedConnections, plant != .neverForgets {
            coordinator.following.append(.workerLost(worker))
        }
        try send(message, on: connection)
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
        _ key: DocumentKey, _ lease: LeaseID, _ point: ResumePoint, _ bytes: [UInt8]?, _ coordinator: CoordinatorNode
    ) {
        guard let document = coordinator.documents[key], let bytes, !random.chance(0.05) else {
            tally.count(.snapshotNotKept)
            return coordinator.following.append(.snapshotLost(key, point))
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
            return try tell(coordinator, .snapshotLost(key, point))
        }
        tally.count(.snapshotKept)
        ledger.write(snapshot.record, of: key)
        try tell(coordinator, .snapshotWritten(key, point))
    }

    private func record(
        _ key: DocumentKey, _ lease: LeaseID, _ result: StepResult?, _ sender: WorkerID?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let result, let sender, case .output(let output) = result.outcome else {
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
            coordinator.following.append(.jobStopped(key.job))
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
        // What is open of later jobs, and of those that all refuse, must not keep this one waiting; nor does what is asked
        // of earlier ones whose inputs are silent.
        let others = ledger.order.prefix { $0 != job }.filter { !coordinator.scheduler.isRefusedByAll($0) }
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

extension SchedulerAction {
    fileprivate var isRecord: Bool {
        if case .record = self { true } else { false }
    }
}
