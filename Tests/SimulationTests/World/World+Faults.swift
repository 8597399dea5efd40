import Coordination
import TestSupport

/// What is done to the world.
extension World {
    /// Each world has some kinds of faults and not others: what one kind brings to light another may hide.
    func dealFaults() {
        for fault in Happening.faults where random.chance(0.4) {
            // Three workers that end at one step are taken for the document's work, whatever ended them: here nothing
            // else ends so many for good.
            let isLethal = [.workerKilled, .laneStuck].contains(fault)
            if isLethal, jobs.contains(where: { $0.documents.contains { $0.fate == .killing } }) { continue }
            let most = isLethal ? 1 : 4
            for _ in 0..<Int.random(in: 1...most, using: &random) {
                agenda.add(.fault(fault), at: now.advanced(by: random.duration(0...Self.timeOfFaults)))
            }
        }
    }

    func inflict(_ fault: Happening) throws(Violation) {
        guard let worker = workers.randomElement(using: &random) else { return }
        switch fault {
        case .connectionLost, .connectionStalled:
            guard let connection = worker.connection else { return }
            tally.count(fault)
            if fault == .connectionStalled {
                return network.stall(connection, until: now.advanced(by: random.duration(100...15_000)))
            }
            breakConnection(worker)
        case .workerKilled:
            guard worker.isRunning else { return }
            tally.count(fault)
            endWorker(worker)
        case .workerStopped:
            guard worker.isRunning, !worker.isPaused else { return }
            tally.count(fault)
            try tell(worker, .stop)
        case .workerPausedBriefly, .workerPausedLong:
            guard worker.isRunning, !worker.isPaused else { return }
            tally.count(fault)
            worker.isPaused = true
            let time = fault == .workerPausedBriefly ? 100...3400 : 3600...12_000
            agenda.add(
                .workerResumes(place: worker.place, life: worker.life), at: now.advanced(by: random.duration(time)))
        case .slowLanes:
            tally.count(fault)
            worker.areLanesSlow = true
        case .laneStuck:
            worker.isLaneStuckNext = true
        case .snapshotDamaged:
            if disk.damageOne(&random) != nil { tally.count(fault) }
        case .coordinatorKilled, .powerLost:
            guard coordinator != nil else { return }
            tally.count(fault)
            try killCoordinator()
            if fault == .powerLost { disk.losePower() }
        case .coordinatorKilledMidway:
            coordinator?.actionsLeft = Int.random(in: 0...12, using: &random)
        case .coordinatorPaused:
            guard let coordinator, !coordinator.isPaused else { return }
            tally.count(fault)
            coordinator.isPaused = true
            agenda.add(
                .coordinatorResumes(epoch: coordinator.epoch), at: now.advanced(by: random.duration(100...9000)))
        default:
            break
        }
    }

    /// Everything under way is lost; the worker connects again by itself.
    private func breakConnection(_ worker: WorkerNode) {
        guard let connection = worker.connection else { return }
        network.close(connection, .toCoordinator)
        network.close(connection, .toWorker)
        worker.connection = nil
        connectSoon(worker)
    }

    func killCoordinator() throws(Violation) {
        if let coordinator { try diskGoesOn(coordinator) }
        coordinator = nil
        referee.coordinatorEnded()
        for worker in workers {
            breakConnection(worker)
        }
        agenda.add(.coordinatorStarts, at: now.advanced(by: random.duration(300...9000)))
    }

    /// Whoever is paused goes on, whoever is gone comes back as planned, and all must end well.
    func endFaults() throws(Violation) {
        areFaultsOver = true
        coordinator?.actionsLeft = nil
        for worker in workers {
            worker.areLanesSlow = false
            worker.isLaneStuckNext = false
            if worker.isPaused { try resume(worker) }
        }
        try resumeCoordinator()
        setLimit()
    }
}
