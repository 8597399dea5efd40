import Jobs

/// The choice of the worker that gets the next step.
extension Scheduler {
    /// Gives out steps while a worker can take one: each time one step, to the worker with the fewest steps per lane.
    ///
    /// It visits only workers for which something may have changed: with many workers most events concern one.
    mutating func feedWorkers(_ actions: inout [SchedulerAction]) {
        while areAllHungry || hasMoreWaiting || !hungry.isEmpty {
            if areAllHungry { hungry.formUnion(workers.keys) }
            if hasMoreWaiting { hungry.formUnion(idle) }
            var candidates = hungry.filter { workers[$0]?.hasCredit == true }.map { (load: load(of: $0), worker: $0) }
            idle.subtract(hungry)
            (hungry, areAllHungry, hasMoreWaiting) = ([], false, false)
            while !candidates.isEmpty {
                candidates.sort { $0.load < $1.load }
                var more: [WorkerID] = []
                for (_, worker) in candidates {
                    switch feed(worker, &actions) {
                    case .fed: more.append(worker)
                    case .nothing: idle.insert(worker)
                    case .full: break
                    }
                }
                candidates = more.filter { workers[$0]?.hasCredit == true }.map { (load(of: $0), $0) }
            }
        }
    }

    private enum Feeding {
        /// The worker got a step or a document.
        case fed
        /// The worker has all that it can take.
        case full
        /// There is no work for the worker.
        case nothing
    }

    /// The steps in flight per lane. Workers of equal load go in the order in which they joined.
    private func load(of worker: WorkerID) -> (Double, WorkerID) {
        guard let session = workers[worker] else { return (.infinity, worker) }
        return (Double(session.stepsInFlight) / Double(session.lanes), worker)
    }

    /// Sends one step to a worker: a step of a document that it holds or, while a lane has room, of a new one.
    private mutating func feed(_ worker: WorkerID, _ actions: inout [SchedulerAction]) -> Feeding {
        guard let session = workers[worker] else { return .full }
        // This counts places in the batches of the lanes.
        var unsent = 0
        for held in session.leases {
            guard let document = documents[held.document] else { continue }
            if document.stepsInFlight < session.stepsPerDocument, isAlive(session, for: document),
                let step = document.nextStep
            {
                return send(step, of: held.document, held.lease, to: worker, &actions) ? .fed : .full
            }
            if isSuspect(held.document) { return .full }
            // A document that is read takes a whole lane; documents that generate share one.
            unsent += document.hasUnsentSteps ? (document.plan.generation == nil ? session.batch : 1) : 0
        }
        guard unsent < session.lanes * session.batch, !session.hasWorkToSpare, session.hasMemory, hasRoom(for: session)
        else { return .full }
        let next = waiting.firstIndex { mayTake($0, session) }.map { waiting.remove(at: $0) }
        guard let key = next ?? slowDocument(for: worker, session, &actions) else { return .nothing }
        grant(key, to: worker, session, &actions)
        return .fed
    }

    private mutating func grant(
        _ key: DocumentKey, to worker: WorkerID, _ session: WorkerSession, _ actions: inout [SchedulerAction]
    ) {
        if documents[key]?.resumePoints.isEmpty == false, documents[key]?.profile != session.profile {
            documents[key]?.dropResumePoints()
            actions.append(.restartDocument(key, from: nil))
        }
        // After a restart the first step may be another one, whose tokens have not been read yet.
        guard let step = documents[key]?.nextStep else { return }
        serial += 1
        let lease = LeaseID(epoch: epoch, serial: serial)
        documents[key]?.granted(to: .init(worker: worker, lease: lease), profile: session.profile, at: now)
        workers[worker]?.granted(lease, key, stateBytes: documents[key]?.stateBytes ?? 0)
        jobs[key.job]?.held += 1
        actions.append(.grant(worker, lease, key, from: documents[key]?.resumePoints.last))
        guard let document = documents[key], isAlive(session, for: document) else { return }
        _ = send(step, of: key, lease, to: worker, &actions)
    }

    /// Whether a document may go to a worker.
    ///
    /// A lost document stays on its profile if a worker of that profile is there. With a snapshot it waits for one to
    /// come. A document that may be the reason why workers were lost goes to a worker without other documents.
    private func mayTake(_ key: DocumentKey, _ session: WorkerSession) -> Bool {
        guard let document = documents[key], !session.unfit.contains(key.job) else { return false }
        if isSuspect(key), !session.leases.isEmpty { return false }
        guard let profile = document.profile, profile != session.profile else { return true }
        if let lostAt = document.lostAt, now < lostAt.advanced(by: Limits.profilePatience) { return false }
        return !workers.values.contains { $0.profile == profile && !$0.unfit.contains(key.job) }
    }

    private func isSuspect(_ key: DocumentKey) -> Bool {
        (documents[key]?.suspects.count ?? 0) >= Limits.workersLostPerStep - 1
    }

    /// Whether the worker is known to live since it got the document. A document with suspects gets no step before: a
    /// worker that was gone already would say nothing about the document.
    private func isAlive(_ session: WorkerSession, for document: DocumentProgress) -> Bool {
        document.suspects.isEmpty || session.lastHeard > document.grantedAt
    }

    /// Whether the limits of bytes in flight allow another step. One step at a time is always allowed.
    private func hasRoom(for session: WorkerSession) -> Bool {
        (session.bytesInFlight < Limits.bytesInFlightPerWorker || session.stepsInFlight == 0)
            && (bytesInFlight < Limits.bytesInFlight || session.stepsInFlight == 0)
    }

    /// - Returns: whether the step was sent. If too many bytes are in flight, it waits for results.
    private mutating func send(
        _ step: (number: Int, work: StepPlan.Work), of key: DocumentKey, _ lease: LeaseID, to worker: WorkerID,
        _ actions: inout [SchedulerAction]
    ) -> Bool {
        guard let document = documents[key], let session = workers[worker], hasRoom(for: session) else { return false }
        let wantsSnapshot =
            document.pointsUnderWay.count < Self.snapshotsKept && bytesInFlight < Limits.bytesInFlight
            && document.isSnapshotDue(policy, company: max(1, session.leases.count / session.lanes), at: now)
        let bytes = document.bytes(of: step.work, withSnapshot: wantsSnapshot)
        documents[key]?.sent(step.work, bytes: bytes, withSnapshot: wantsSnapshot, at: now)
        workers[worker]?.stepSent(tokens: step.work.tokensToRead, bytes: bytes, at: now)
        bytesInFlight += bytes
        actions.append(
            .sendStep(worker, lease, key, number: step.number, step.work, wantsSnapshot: wantsSnapshot))
        return true
    }

    // MARK: - The end of a job

    /// A document of another worker, freed for this idle one, which would end it much sooner. It is taken only when no
    /// other work is left, and only once: where all workers are slow, documents would move in circles.
    private mutating func slowDocument(
        for worker: WorkerID, _ session: WorkerSession, _ actions: inout [SchedulerAction]
    ) -> DocumentKey? {
        guard worker == heard, session.leases.isEmpty, waiting.isEmpty, jobs.values.allSatisfy({ $0.isExhausted })
        else { return nil }
        let slow = documents.keys.sorted().first { key in
            guard let document = documents[key], let holder = document.holder, holder.worker != worker,
                document.profile == session.profile, document.isReadCompletely, !session.unfit.contains(key.job),
                document.pointsUnderWay.isEmpty, !isSuspect(key), !document.wasTakenOver,
                let rest = rest(of: document, holder.worker, session)
            else { return false }
            return rest.there > Limits.takeoverFactor * rest.here + Limits.takeoverMargin.seconds
        }
        guard let slow, let holder = documents[slow]?.holder else { return nil }
        documents[slow]?.wasTakenOver = true
        takeBack(slow, &actions)
        actions.append(.release(holder.worker, holder.lease))
        waiting.removeAll { $0 == slow }
        return slow
    }

    /// The seconds that the rest of a document takes on its holder, and on this worker from the last snapshot; `nil`
    /// while this worker's pace is not known.
    private func rest(
        of document: DocumentProgress, _ holder: WorkerID, _ session: WorkerSession
    ) -> (there: Double, here: Double)? {
        let position = document.position
        let point = document.resumePoints.last ?? ResumePoint(steps: 0, tokens: 0)
        let isGenerating = position.generating != nil || document.tokensDone == document.tokensRead
        guard let here = session.pace[isGenerating: isGenerating],
            let step = document.currentStep(at: now), step.time > .zero
        else { return nil }
        let there = max(workers[holder]?.pace[isGenerating: isGenerating] ?? 0, step.time.seconds / Double(step.tokens))
        let left: Int
        var again = Double(position.tokens - point.tokens)
        if isGenerating, let generation = document.plan.generation {
            let now = position.generating ?? .init(sample: 0, made: 0)
            left = min(generation.maxTokens - now.made, .max / 4) + step.tokens
            let kept = point.generating.flatMap { $0.sample == now.sample ? $0.made : nil } ?? 0
            again *= (session.pace[isGenerating: false] ?? here) / here
            again += Double(now.made - kept)
        } else {
            left = document.tokensRead - document.tokensDone
        }
        return (Double(left) * there, (Double(left) + again) * here)
    }
}
