/// Workers that come, go and send results.
extension Scheduler {
    /// - Parameter former: what the same process was called before it was forgotten.
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

    /// A worker that was lost is back: it was no document that ended it.
    private mutating func absolve(_ worker: WorkerID) {
        for key in documents.keys.sorted() where documents[key]?.suspects.contains(worker) == true {
            documents[key]?.absolve(worker)
            if condemned.removeValue(forKey: key) != nil { enqueueIfReady(key) }
            // It may go to workers that have others too.
            areAllHungry = true
        }
    }

    /// The worker cannot do the documents of the lease's job.
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

    /// Who is heard of a lease is heard.
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
            // A failed document's steps are taken off all at once when it is closed.
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
        // A state that is not that after the results is none to go on from; one of no results is not worth keeping.
        let isUseful =
            hasSnapshot && steps == document.stepsReceived
            && document.resumePoints.last.map { $0.steps < steps } ?? (steps > 0)
        if isUseful { keepSnapshot(key, lease, &actions) }
        takeBack(key, &actions)
        actions.append(.release(worker, lease))
    }

    /// - Parameter isSuspicious: it did not say goodbye; what it computed may be the reason.
    mutating func forget(_ worker: WorkerID, isSuspicious: Bool, _ actions: inout [SchedulerAction]) {
        guard let session = workers[worker] else { return }
        for held in session.leases {
            takeBack(held.document, suspect: isSuspicious ? worker : nil, &actions)
            // It goes on later; that the lease is over is certain now.
            if documents[held.document]?.isSettling == true {
                actions.append(.release(worker, held.lease))
            }
        }
        workers[worker] = nil
        if session.deadline == nextSilence { findNextSilence() }
        laneCount -= session.lanes
        // Documents that waited for its profile may go elsewhere.
        areAllHungry = true
        actions.append(.forget(worker))
    }

    /// Frees a document from its holder; it goes on with another, from the snapshots that are being written if there
    /// are any.
    /// - Parameter suspect: the worker that was lost, if it may have been the document that ended it.
    mutating func takeBack(_ key: DocumentKey, suspect: WorkerID? = nil, _ actions: inout [SchedulerAction]) {
        guard let document = documents[key], let holder = document.holder else { return }
        release(document, of: key, from: holder)
        documents[key]?.freed(suspect: document.stepsInFlight > 0 ? suspect : nil)
        if let lost = documents[key]?.suspects.count, lost >= Limits.workersLostPerStep { condemned[key] = now }
        if document.pointsUnderWay.isEmpty { goOn(key, &actions) }
    }
}
