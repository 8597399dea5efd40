import Coordination
import Jobs
import TestSupport

/// What the workers' daemons do.
extension World {
    func handleAtWorker(_ occurrence: Occurrence) throws(Violation) {
        switch occurrence {
        case .arrivalAtWorker(let connection):
            try arriveAtWorker(connection, occurrence)
        case .doubledAtWorker(let connection, let message):
            guard let state = network[connection], state.isOpenToWorker, workers[state.worker].life == state.life,
                workers[state.worker].connection == connection, !workers[state.worker].isPaused
            else { return }
            try tell(workers[state.worker], .message(message))
        case .workerTick(let place, let life):
            guard let worker = running(place, life, occurrence) else { return }
            worker.nextTick = nil
            try tell(worker, .tick(progress: worker.stepsComputed))
            if let deadline = worker.machine?.nextDeadline, deadline <= now {
                throw Violation(.deadlines, "worker \(place) at \(deadline.sinceStart)")
            }
        case .laneDone(let place, let life, let lane, let lease, let number, let computed):
            guard let worker = running(place, life, occurrence) else { return }
            guard !worker.stuckLanes.contains(lane) else { return }
            worker.laneEnded(lease, on: lane)
            try tell(worker, .stepComputed(lane: lane, lease, number: number, computed))
        case .workerConnects(let place, let life):
            guard let worker = running(place, life, occurrence) else { return }
            connect(worker)
        case .workerStarts(let place):
            guard !workers[place].isRunning else { return }
            workers[place].start(at: now, instance: random.next())
            connectSoon(workers[place])
            try tell(workers[place], .tick(progress: []))
        case .workerResumes(let place, let life):
            guard workers[place].life == life, workers[place].isPaused else { return }
            try resume(workers[place])
        default:
            break
        }
    }

    /// The worker, if it is the one that is meant and does anything; what comes for a paused one is held.
    private func running(_ place: Int, _ life: Int, _ occurrence: Occurrence) -> WorkerNode? {
        let worker = workers[place]
        guard worker.life == life, worker.isRunning else { return nil }
        if worker.isPaused {
            worker.held.append(occurrence)
            return nil
        }
        return worker
    }

    private func arriveAtWorker(_ connection: ConnectionID, _ occurrence: Occurrence) throws(Violation) {
        guard let state = network[connection], let worker = running(state.worker, state.life, occurrence) else {
            return
        }
        if now < state.stalledUntil {
            return agenda.add(occurrence, at: state.stalledUntil)
        }
        guard let message = network.takeForWorker(connection) else { return }
        note("to worker \(worker.place): \(message)")
        if isHostile, random.chance(0.03) {
            tally.count(.messageDoubled)
            agenda.add(.doubledAtWorker(connection, message), at: now.advanced(by: random.duration(0...8000)))
        }
        if message == .rejoin { tally.count(.workerRejoins) }
        try tell(worker, .message(message))
    }

    func tell(_ worker: WorkerNode, _ event: WorkerEvent) throws(Violation) {
        let actions = worker.machine?.handle(event, at: now) ?? []
        // One of them may end it.
        for action in actions where worker.isRunning {
            note("worker \(worker.place): \(action)")
            try carryOut(action, worker)
        }
        if let deadline = worker.machine?.nextDeadline, worker.nextTick.map({ deadline < $0 }) ?? true {
            worker.nextTick = deadline
            agenda.add(.workerTick(place: worker.place, life: worker.life), at: max(now, deadline))
        }
    }

    private func carryOut(_ action: WorkerAction, _ worker: WorkerNode) throws(Violation) {
        switch action {
        case .send(let message):
            send(message, worker)
        case .reconnect:
            tally.count(.workerReconnects)
            dropConnection(worker)
            worker.outbox = []
            connectSoon(worker)
        case .open(let grant):
            try worker.open(grant)
        case .compute(let lane, let step):
            if case .read(let tokens, _) = step.work, tokens.contains(PretendModel.killer) {
                tally.count(.workerEndedByDocument)
                return endWorker(worker)
            }
            if worker.isLaneStuckNext {
                worker.isLaneStuckNext = false
                worker.stuckLanes.insert(lane)
                tally.count(.laneStuck)
            }
            let computed = try worker.compute(cutAtRandom(step), on: lane)
            guard !worker.stuckLanes.contains(lane) else { return }
            let time = random.duration(worker.stepTime) * (worker.areLanesSlow ? 30 : 1)
            agenda.add(
                .laneDone(
                    place: worker.place, life: worker.life, lane: lane, step.lease, number: step.number, computed),
                at: now.advanced(by: time))
        case .endGenerating:
            // What was cut is decided when a step begins.
            break
        case .close(let lease):
            try worker.close(lease)
        case .handBack(let lease, let nextStep):
            send(.handback(.init(lease: lease, nextStep: nextStep, snapshot: worker.snapshot(of: lease))), worker)
        case .giveUp:
            tally.count(.workerGivenUpByItself)
            endWorker(worker)
        case .fail(let refused):
            throw Violation(.worker, "worker \(worker.place) is refused: \(refused.failure)")
        case .exit:
            endWorker(worker)
        }
    }

    /// A lane may end generating with fewer tokens than were asked for.
    private func cutAtRandom(_ step: Step) -> Step {
        guard case .generate(let sample, let atMost) = step.work, atMost > 1, random.chance(0.1) else {
            return step
        }
        var step = step
        step.work = .generate(sample: sample, atMost: Int.random(in: 1..<atMost, using: &random))
        return step
    }

    private func send(_ message: PeerMessage, _ worker: WorkerNode) {
        guard let connection = worker.connection else {
            if queuesWithoutConnection { worker.outbox.append(message) }
            return
        }
        if let arrival = network.send(message, on: connection, at: now, &random) {
            agenda.add(.arrivalAtCoordinator(connection), at: arrival)
        }
    }

    /// What was sent still arrives; what was to come does not.
    private func dropConnection(_ worker: WorkerNode) {
        if let connection = worker.connection { network.close(connection, .toWorker) }
        worker.connection = nil
    }

    /// The process is gone; another takes its place in a while.
    func endWorker(_ worker: WorkerNode) {
        dropConnection(worker)
        worker.end()
        agenda.add(.workerStarts(place: worker.place), at: now.advanced(by: random.duration(200...8000)))
    }

    func connectSoon(_ worker: WorkerNode) {
        guard !worker.isConnecting else { return }
        worker.isConnecting = true
        agenda.add(
            .workerConnects(place: worker.place, life: worker.life), at: now.advanced(by: random.duration(1...1000)))
    }

    private func connect(_ worker: WorkerNode) {
        worker.isConnecting = false
        guard coordinator != nil else { return connectSoon(worker) }
        worker.connection = network.open(worker: worker.place, life: worker.life)
        let waiting = worker.outbox
        worker.outbox = []
        for message in waiting {
            send(message, worker)
        }
    }

    func resume(_ worker: WorkerNode) throws(Violation) {
        worker.isPaused = false
        var held = worker.held
        worker.held = []
        if random.chance(0.5) {
            // A daemon that looks at its lanes and its socket before its clock.
            let ticks = held.filter { if case .workerTick = $0 { true } else { false } }
            held.removeAll { if case .workerTick = $0 { true } else { false } }
            held += ticks
        }
        for occurrence in held {
            try handle(occurrence)
        }
    }
}
