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
        if case .progress(let news) = event { hear(news, coordinator) }
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
        try stepOn(coordinator)
    }

    /// Tells the coordinator what came of its actions.
    func stepOn(_ coordinator: CoordinatorNode) throws(Violation) {
        while self.coordinator === coordinator, !coordinator.following.isEmpty {
            try tell(coordinator, coordinator.following.removeFirst())
        }
    }

    private func hear(_ news: SchedulerEvent, _ coordinator: CoordinatorNode) {
        switch news {
        case .documentOpened(let key, _, _):
            coordinator.documents.insert(key)
            coordinator.wanted[key.job, default: 0] -= 1
        case .documentRejected(let key):
            coordinator.wanted[key.job, default: 0] -= 1
        case .documentAbandoned(let key):
            coordinator.documents.remove(key)
        case .inputsExhausted(let job):
            coordinator.wanted[job] = nil
        case .jobStopped(let job):
            coordinator.wanted[job] = nil
            coordinator.documents = coordinator.documents.filter { $0.job != job }
            ledger.end(job, .stopped)
        case .jobAdmitted, .tokensRead, .snapshotWritten, .snapshotLost, .workerJoined, .workerHeard, .workerLeft,
            .workerLost, .workerDrains, .leaseRefused, .snapshotRefused, .leaseReturned, .stepFinished, .tick:
            break
        }
    }

    func isAlive(_ coordinator: CoordinatorNode) throws(Violation) -> Bool {
        guard self.coordinator === coordinator else { return false }
        guard let left = coordinator.actionsLeft else { return true }
        coordinator.actionsLeft = left - 1
        guard left == 0 else { return true }
        tally.count(.coordinatorKilledMidway)
        try killCoordinator()
        return false
    }

    private func carryOut(
        _ action: CoordinatorAction<ConnectionID>, _ coordinator: CoordinatorNode, _ heard: Heard?
    ) throws(Violation) {
        switch action {
        case .record(let key, let lease, let output, let tokensRead):
            try record(key, lease, output, tokensRead: tokensRead, heard, coordinator)
        case .keepSnapshot(let key, let lease, let point, let bytes, let sender):
            try order(
                .keepSnapshot(key, .init(lease: lease, point: point, sender: sender, bytes: bytes)), coordinator)
        case .completeDocument(let key):
            coordinator.documents.remove(key)
            try order(.complete(key), coordinator)
        case .failDocument(let key, let failure):
            tally.count(failure.code == "too_many_failures" ? .documentGivenUp : .documentFailed)
            coordinator.documents.remove(key)
            try order(.fail(key, failure), coordinator)
        case .restartDocument(let key, let point):
            tally.count(.documentRestarted)
            referee.ended(key)
            try order(.restart(key, from: point), coordinator)
        case .discardSnapshot(let key, let point):
            tally.count(.snapshotRefused)
            try order(.discardSnapshot(key, point), coordinator)
        case .openDocuments(let job, let count):
            try openDocuments(job, asking: count, coordinator)
        case .completeJob(let job):
            if let key = coordinator.documents.first(where: { $0.job == job }) {
                throw Violation(.jobEnds, "\(job) ends before \(key)")
            }
            try order(.end(job), coordinator)
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
            try order(
                .step(key, lease, worker.id, number: number, work, wantsSnapshot: wantsSnapshot), coordinator)
        case .deliver(let message, let worker): try send(message, to: worker, coordinator)
        case .release(let worker, let lease):
            referee.released(lease)
            if let worker { try send(.release(lease), to: worker, coordinator) }
        }
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
            coordinator.documents.contains(key), case .output(let output) = result.outcome
        {
            try record(key, result.lease, output, tokensRead: 0, heard, coordinator)
        }
    }

    private func grant(
        _ worker: WorkerAddress<ConnectionID>, _ lease: LeaseID, _ key: DocumentKey, profile: String,
        from point: ResumePoint?, _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let job = job(key.job), coordinator.documents.contains(key) else {
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
        if point != nil { tally.count(.snapshotResumed) }
        try order(.grant(key, lease, worker.id, profile: profile, from: point), coordinator)
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

    private func record(
        _ key: DocumentKey, _ lease: LeaseID, _ output: StepOutput, tokensRead: Int, _ heard: Heard?,
        _ coordinator: CoordinatorNode
    ) throws(Violation) {
        guard let result = heard?.result, let sender = heard?.sender else {
            throw Violation(.recordedOnce, "\(key) has nothing to record")
        }
        try referee.recorded(key, lease, result, from: sender)
        if let generated = output.generated {
            if generated.finish == .stop { tally.count(.sampleEndedByModel) }
            if generated.finish == nil { tally.count(.sampleInSeveralSteps) }
        }
        try order(.record(key, output, tokensRead: tokensRead), coordinator)
    }

    private func openDocuments(_ job: JobID, asking count: Int, _ coordinator: CoordinatorNode) throws(Violation) {
        guard count > 0, ledger.states[job] == .running else { return }
        let wanted = coordinator.wanted[job, default: 0] + count
        coordinator.wanted[job] = wanted
        // What is open of later jobs, and of those that all refuse, must not keep this one waiting; nor does what is
        // asked of earlier ones whose inputs are silent.
        let others = ledger.order.prefix { $0 != job }.filter { !coordinator.machine.isRefusedByAll($0) }
        let ahead = (others + [job]).reduce(wanted) { sum, id in
            sum + coordinator.documents.count { $0.job == id && referee.holder(of: $0) == nil }
        }
        guard ahead <= Limits.documentsAhead + referee.laneCount else {
            throw Violation(.lookAhead, "\(ahead) documents that nobody has, for \(referee.laneCount) lanes")
        }
        try order(.openDocuments(job, count), coordinator)
    }
}

extension CoordinatorAction {
    fileprivate var isRecord: Bool {
        if case .record = self { true } else { false }
    }
}
