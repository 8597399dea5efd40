/// The workers: how they join and leave, and what their results change.
extension Scheduler {
    /// - Parameter former: the earlier number of the same process.
    mutating func joined(
        _ worker: WorkerID, _ session: WorkerSession, formerly former: WorkerID?, _ actions: inout [SchedulerAction]
    ) {
        precondition(workers[worker] == nil, "worker numbers are given once")
        workers[worker] = session
        laneCount += session.lanes
        nextSilence = min(nextSilence ?? session.deadline, session.deadline)
        hungry.insert(worker)
        if let former { absolve(former) }
        actions.append(.welcome(worker))
    }

    mutating func hear(_ worker: WorkerID, _ progress: [UInt64?] = []) {
        guard let before = workers[worker]?.deadline else { return }
        workers[worker]?.heard(progress, at: now)
        hungry.insert(worker)
        if before == nextSilence { findNextSilence() }
    }

    mutating func findNextSilence() {
        nextSilence = workers.values.map(\.deadline).min()
    }

    /// Removes a worker from the suspects of all documents: it is back, so no document ended it.
    private mutating func absolve(_ worker: WorkerID) {
        for key in documents.keys.sorted() where documents[key]?.suspects.contains(worker) == true {
            documents[key]?.absolve(worker)
            if condemned.removeValue(forKey: key) != nil { enqueueIfReady(key) }
            // The document may now go to workers that hold others.
            areAllHungry = true
        }
    }

    /// Takes back all documents of the lease's job from a worker that cannot do them.
    mutating func leaseRefused(_ worker: WorkerID, _ lease: LeaseID, _ actions: inout [SchedulerAction]) {
        guard let key = document(of: lease, heldBy: worker) else { return actions.append(.countLate(lease)) }
        workers[worker]?.refused(key.job)
        for held in workers[worker]?.leases ?? [] where held.document.job == key.job {
            takeBack(held.document, &actions)
            actions.append(.release(worker, held.lease))
        }
    }

    /// The snapshot that the lease began with cannot be read. Who has brought results from it has read it.
    mutating func snapshotRefused(_ worker: WorkerID, _ lease: LeaseID, _ actions: inout [SchedulerAction]) {
        guard let key = document(of: lease, heldBy: worker) else { return actions.append(.countLate(lease)) }
        if documents[key]?.isAtItsResumePoint == true, let point = documents[key]?.dropLastResumePoint() {
            actions.append(.discardSnapshot(key, point))
        }
        takeBack(key, &actions)
        actions.append(.release(worker, lease))
    }

    /// The document of a lease. The call also counts as a sign of life of the worker.
    private mutating func document(of lease: LeaseID, heldBy worker: WorkerID) -> DocumentKey? {
        hear(worker)
        return workers[worker]?.leases.first { $0.lease == lease }?.document
    }

    mutating func stepFinished(
        _ worker: WorkerID, _ lease: LeaseID, _ number: Int, _ summary: StepSummary, hasSnapshot: Bool,
        _ actions: inout [SchedulerAction]
    ) {
        guard let key = document(of: lease, heldBy: worker), let before = documents[key],
            let result = documents[key]?.resultArrived(number: number, summary, at: now), result != .unexpected
        else { return actions.append(.countLate(lease)) }
        if result != .failed {
            // The steps of a failed document are taken off the counts together, when it is closed.
            let bytes = before.bytesInFlight - (documents[key]?.bytesInFlight ?? 0)
            let tokens = before.tokensInFlight - (documents[key]?.tokensInFlight ?? 0)
            workers[worker]?.resultArrived(tokens: tokens, bytes: bytes, at: now)
            bytesInFlight -= bytes
            notePace(of: worker, before.currentStep(at: now), summary)
            actions.append(.record(key, lease))
        }
        switch result {
        case .recorded:
            workers[worker]?.stateTakes(documents[key]?.stateBytes ?? 0, of: lease)
            if hasSnapshot { keepSnapshot(key, lease, &actions) }
        case .unexpected:
            break
        case .completed:
            actions.append(.completeDocument(key))
            close(key, &actions)
            completeIfDone(key.job, &actions)
        case .failed:
            actions.append(.failDocument(key))
            close(key, &actions)
            completeIfDone(key.job, &actions)
        }
    }

    private mutating func notePace(of worker: WorkerID, _ step: (tokens: Int, time: Duration)?, _ summary: StepSummary)
    {
        guard let step else { return }
        switch summary {
        case .read:
            workers[worker]?.note(seconds: step.time.seconds / Double(step.tokens), isGenerating: false)
        case .generated(let tokens, _) where tokens > 0:
            workers[worker]?.note(seconds: step.time.seconds / Double(tokens), isGenerating: true)
        case .generated, .documentFailed:
            break
        }
    }

    private mutating func keepSnapshot(_ key: DocumentKey, _ lease: LeaseID, _ actions: inout [SchedulerAction]) {
        guard let document = documents[key] else { return }
        let bytes = document.plan.snapshotBytes(at: document.position)
        guard bytes > 0, let point = documents[key]?.snapshotBegan() else { return }
        bytesInFlight += bytes
        actions.append(.keepSnapshot(key, lease, point))
    }

    mutating func leaseReturned(
        _ worker: WorkerID, _ lease: LeaseID, steps: Int, hasSnapshot: Bool, _ actions: inout [SchedulerAction]
    ) {
        guard let key = document(of: lease, heldBy: worker), let document = documents[key] else {
            return actions.append(.countLate(lease))
        }
        // Only the state after the latest result can be used. A state before any result is not worth keeping.
        let isUseful =
            hasSnapshot && steps == document.stepsReceived
            && document.resumePoints.last.map { $0.steps < steps } ?? (steps > 0)
        if isUseful { keepSnapshot(key, lease, &actions) }
        takeBack(key, &actions)
        actions.append(.release(worker, lease))
    }

    /// - Parameter isSuspicious: whether a document may be the reason: the worker did not say goodbye.
    mutating func forget(_ worker: WorkerID, isSuspicious: Bool, _ actions: inout [SchedulerAction]) {
        guard let session = workers[worker] else { return }
        for held in session.leases {
            takeBack(held.document, suspect: isSuspicious ? worker : nil, &actions)
            // The document goes on later; the lease ends now.
            if documents[held.document]?.isSettling == true {
                actions.append(.release(worker, held.lease))
            }
        }
        workers[worker] = nil
        if session.deadline == nextSilence { findNextSilence() }
        laneCount -= session.lanes
        // Documents that waited for the worker's profile may now go to others.
        areAllHungry = true
        actions.append(.forget(worker))
    }

    /// Takes a document from its holder. It goes on with another, from a snapshot under way if there is one.
    /// - Parameter suspect: the lost worker, if the document may be the reason of the loss.
    mutating func takeBack(_ key: DocumentKey, suspect: WorkerID? = nil, _ actions: inout [SchedulerAction]) {
        guard let document = documents[key], let holder = document.holder else { return }
        release(document, of: key, from: holder)
        documents[key]?.freed(suspect: document.stepsInFlight > 0 ? suspect : nil)
        if let lost = documents[key]?.suspects.count, lost >= Limits.workersLostPerStep { condemned[key] = now }
        if document.pointsUnderWay.isEmpty { goOn(key, &actions) }
    }
}
