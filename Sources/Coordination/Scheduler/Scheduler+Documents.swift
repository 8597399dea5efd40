internal import Jobs

/// Jobs and their documents, from their opening to their end.
extension Scheduler {
    mutating func admit(_ job: JobID, _ plan: StepPlan, _ place: Int?) {
        guard jobs[job] == nil else { return }
        let place = place ?? jobOrder.last.flatMap { jobs[$0]?.place } ?? 0
        jobs[job] = JobProgress(plan: plan, place: place)
        let position = jobOrder.firstIndex { jobs[$0].map { $0.place > place } ?? false }
        jobOrder.insert(job, at: position ?? jobOrder.endIndex)
    }

    mutating func stop(_ job: JobID, _ actions: inout [SchedulerAction]) {
        guard jobs[job] != nil else { return }
        for document in documents.keys.filter({ $0.job == job }).sorted() {
            close(document, &actions)
        }
        removeJob(job)
    }

    /// Notes that all documents of the job have been opened or rejected.
    mutating func exhausted(_ job: JobID, _ actions: inout [SchedulerAction]) {
        guard jobs[job] != nil else { return }
        jobs[job]?.isExhausted = true
        jobs[job]?.awaited = 0
        completeIfDone(job, &actions)
    }

    /// - Parameter ownPlan: the plan of a document that asks for something else than its job does.
    mutating func opened(_ key: DocumentKey, _ ownPlan: StepPlan?, _ resumption: Resumption?) {
        guard let plan = jobs[key.job]?.plan, documents[key] == nil else { return }
        documents[key] = DocumentProgress(plan: ownPlan ?? plan, resumption: resumption)
        jobs[key.job]?.awaited -= 1
        jobs[key.job]?.open += 1
        jobs[key.job]?.lastRead = now
    }

    mutating func rejected(_ key: DocumentKey) {
        jobs[key.job]?.awaited -= 1
        jobs[key.job]?.lastRead = now
    }

    mutating func tokensRead(_ key: DocumentKey, total: Int, isComplete: Bool, _ textEnds: [Int]) {
        guard documents[key] != nil else { return }
        jobs[key.job]?.lastRead = now
        documents[key]?.tokensRead(total: total, isComplete: isComplete, textEnds: textEnds)
        if let holder = documents[key]?.holder { hungry.insert(holder.worker) }
        enqueueIfReady(key)
    }

    mutating func enqueueIfReady(_ key: DocumentKey) {
        guard let document = documents[key], document.isFree, condemned[key] == nil, document.nextStep != nil
        else { return }
        let rank = rank(of: key)
        // Most documents come in their order, so the search begins at the end.
        let place = (waiting.lastIndex { self.rank(of: $0) <= rank } ?? -1) + 1
        guard place == 0 || waiting[place - 1] != key else { return }
        waiting.insert(key, at: place)
        hasMoreWaiting = true
    }

    private func rank(of key: DocumentKey) -> (Int, Int) {
        (jobOrder.firstIndex(of: key.job) ?? jobOrder.endIndex, key.ordinal)
    }

    /// Ends a snapshot that was under way.
    mutating func snapshotEnded(
        _ key: DocumentKey, _ point: ResumePoint, isDurable: Bool, _ actions: inout [SchedulerAction]
    ) {
        guard documents[key]?.snapshotEnded(point, isDurable: isDurable) == true, let document = documents[key]
        else { return }
        bytesInFlight -= document.plan.snapshotBytes(at: point)
        // A later snapshot may still be under way, and an earlier one serves if the last is lost.
        if document.isSettling, document.pointsUnderWay.isEmpty { goOn(key, &actions) }
    }

    /// Gives up the documents at which too many workers were lost, if none of these workers has come back in time.
    mutating func giveUpCondemned(_ actions: inout [SchedulerAction]) {
        let due = condemned.filter { $0.value.advanced(by: Limits.returnPatience) <= now }
        for key in due.keys.sorted() {
            guard let document = documents[key] else { continue }
            let failure = Failure(
                code: ProblemCode.tooManyFailures.rawValue,
                message: "\(document.suspects.count) workers were lost one after the other at the step after token "
                    + "\(document.suspectPoint.tokens)")
            actions.append(.giveUpDocument(key, failure))
            close(key, &actions)
            completeIfDone(key.job, &actions)
        }
    }

    /// Lets a document without a holder go on from its last snapshot, or start again.
    mutating func goOn(_ key: DocumentKey, _ actions: inout [SchedulerAction]) {
        documents[key]?.goesOn(at: now)
        actions.append(.restartDocument(key, from: documents[key]?.resumePoints.last))
        enqueueIfReady(key)
    }

    /// Removes a document from the scheduler, finished or not.
    mutating func close(_ key: DocumentKey, _ actions: inout [SchedulerAction]) {
        guard let document = documents.removeValue(forKey: key) else { return }
        waiting.removeAll { $0 == key }
        condemned[key] = nil
        bytesInFlight -= document.pointsUnderWay.reduce(0) { $0 + document.plan.snapshotBytes(at: $1) }
        jobs[key.job]?.open -= 1
        if let holder = document.holder {
            release(document, of: key, from: holder)
            actions.append(.release(holder.worker, holder.lease))
        }
    }

    /// Takes a document's steps in flight off the counts of its holder and of the scheduler.
    mutating func release(
        _ document: DocumentProgress, of key: DocumentKey, from holder: DocumentProgress.Holder
    ) {
        workers[holder.worker]?.released(holder.lease, document)
        hungry.insert(holder.worker)
        jobs[key.job]?.held -= 1
        bytesInFlight -= document.bytesInFlight
    }

    mutating func completeIfDone(_ job: JobID, _ actions: inout [SchedulerAction]) {
        guard let progress = jobs[job], progress.isExhausted, progress.open == 0 else { return }
        removeJob(job)
        actions.append(.completeJob(job))
    }

    private mutating func removeJob(_ job: JobID) {
        jobs[job] = nil
        jobOrder.removeAll { $0 == job }
        for worker in workers.keys {
            workers[worker]?.ended(job)
        }
        areAllHungry = true
    }

    /// Asks for documents, so many that workers need not wait, and no more.
    ///
    /// Jobs are asked in their order. Documents that are ahead in a later job do not count against an earlier one.
    /// Documents asked of silent inputs, such as a pipe that nobody writes to, do not count against a later job.
    mutating func askForDocuments(_ actions: inout [SchedulerAction]) {
        var ahead = 0
        // A job that every worker has refused stands still. Its open documents must not hold up the jobs after it.
        for job in jobOrder where !isRefusedByAll(job) {
            guard let progress = jobs[job] else { continue }
            ahead += progress.open - progress.held
            let wanted = Limits.documentsAhead + laneCount - ahead - progress.awaited
            // Asking in portions keeps the messages few when documents are short and many.
            if wanted >= Limits.documentsAhead / 4, !progress.isExhausted {
                jobs[job]?.awaited += wanted
                jobs[job]?.lastRead = now
                actions.append(.openDocuments(job, count: wanted))
                return
            }
            let isSilent = now >= progress.lastRead.advanced(by: Limits.inputSilence)
            if !isSilent { ahead += progress.awaited }
            if ahead >= Limits.documentsAhead + laneCount { return }
        }
    }
}
