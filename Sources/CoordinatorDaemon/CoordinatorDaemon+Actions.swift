import Coordination
import Documents
import Jobs
import Ledger
import Logging
import ZeroMQ

/// What the machine decides, carried out.
extension CoordinatorDaemon {
    func step(_ event: CoordinatorEvent<Frame>) {
        let actions = coordinator.handle(event, at: now)
        CrashPoint.pass(.eventStepped)
        for action in actions {
            CrashPoint.pass(before: action)
            perform(action)
            CrashPoint.pass(after: action)
        }
        stopFailingJobs()
        stepOn()
    }

    /// Tells the machine what came of its actions.
    func stepOn() {
        while !following.isEmpty { step(following.removeFirst()) }
    }

    private func perform(_ action: CoordinatorAction<Frame>) {
        switch action {
        case .record(let key, _, let output, let tokensRead):
            attempt(key.job) { try jobs[key.job]?.record(output, of: key.ordinal, tokensRead: tokensRead) }
        case .keepSnapshot(let key, let lease, let point, let bytes, let sender):
            keepSnapshot(key, lease, point, bytes, from: sender)
        case .discardSnapshot(let key, let point):
            logger.warning(
                "a snapshot cannot be used", metadata: ["document": "\(key)", "token": "\(point.tokens)"])
            attempt(key.job) { try jobs[key.job]?.discardSnapshot(key.ordinal, point) }
        case .completeDocument(let key):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) { try job.complete(key.ordinal) }
            scheduleCommit(job)
        case .failDocument(let key, let failure):
            fail(key, failure)
        case .restartDocument(let key, let point):
            attempt(key.job) { try jobs[key.job]?.restart(key.ordinal, from: point) }
        case .openDocuments(let id, let count):
            jobs[id]?.openDocuments(count)
        case .completeJob(let id):
            complete(id)
        case .welcome(let worker):
            send(.welcome, to: worker)
        case .heartbeat(let worker):
            send(.heartbeat, to: worker)
        case .grant(let worker, let lease, let key, let profile, let point):
            grant(worker, lease, key, profile: profile, from: point)
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) {
                let step = try job.step(lease, key.ordinal, number: number, work, wantsSnapshot: wantsSnapshot)
                if let step { send(.step(step), to: worker) }
            }
        case .release(let worker, let lease):
            if let worker { send(.release(lease), to: worker) }
        case .rejoin(let peer):
            reply(.rejoin, to: peer)
        case .refuse(let reason, let refused, let peer):
            refuse(reason, refused, to: peer)
        case .count(let reason, let detail):
            if reason == .lateResult { jobs.countLate() }
            count(reason, detail)
        case .joined(_, let hello):
            logger.info("a worker joined", metadata: ["worker": "\(hello.name)", "lanes": "\(hello.lanes)"])
            updateStalls()
        case .drains(let hello):
            logger.info("a worker is about to leave", metadata: ["worker": "\(hello.name)"])
        case .forget(let worker, let hello):
            if let hello { logger.info("a worker is gone", metadata: ["worker": "\(hello.name)"]) }
            outboxes[worker] = nil
        case .refused(let refusal, let hello):
            refused(refusal, by: hello)
        }
    }

    private func refused(_ refusal: PeerMessage.Refusal, by hello: PeerMessage.Hello) {
        let subject = refusal.subject == .job ? "a job" : "a snapshot"
        logger.warning(
            "a worker refused \(subject)", metadata: ["worker": "\(hello.name)", "reason": "\(refusal.failure)"])
        guard refusal.subject == .job else { return }
        let message = "worker \(hello.name): \(refusal.failure.message)"
        jobs.lastRefusal = Failure(code: refusal.failure.code, message: message)
        updateStalls()
    }

    private func grant(
        _ worker: WorkerAddress<Frame>, _ lease: LeaseID, _ key: DocumentKey, profile: String, from point: ResumePoint?
    ) {
        guard let job = jobs[key.job] else { return }
        do {
            let grant = try job.grant(lease, key.ordinal, profile: profile, from: point)
            if let grant { send(.lease(grant), to: worker) }
        } catch {
            // The worker has not heard of the lease, and passes over the steps that are sent meanwhile.
            logger.warning("a snapshot cannot be read", metadata: ["document": "\(key)", "reason": "\(error)"])
            following.append(.progress(.snapshotRefused(worker.id, lease)))
        }
    }

    private func fail(_ key: DocumentKey, _ failure: Failure) {
        guard let job = jobs[key.job] else { return }
        attempt(key.job) { try job.fail(key.ordinal, InputProblem(failure)) }
        scheduleCommit(job)
    }

    private func keepSnapshot(
        _ key: DocumentKey, _ lease: LeaseID, _ point: ResumePoint, _ bytes: [UInt8], from sender: WorkerID
    ) {
        var path: String?
        attempt(key.job) { path = try jobs[key.job]?.snapshotPath(key.ordinal, point) }
        guard let path, let run = jobs.number(of: key.job),
            let text = jobs[key.job]?.text(of: key.ordinal, tokens: point.tokens)
        else {
            return following.append(.progress(.snapshotLost(key, point)))
        }
        snapshotWriter.write(
            .init(
                key: key, run: run, lease: lease, point: point, sender: sender,
                origin: jobs[key.job]?.snapshotOrigin(of: key.ordinal), text: text, path: path, bytes: bytes))
    }

    /// The writer has put a snapshot on the disk, or could not.
    func snapshotEnded(_ snapshot: SnapshotWriter.Job, _ outcome: SnapshotWriter.Outcome) {
        let (key, point) = (snapshot.key, snapshot.point)
        guard let job = jobs[key.job, run: snapshot.run] else { return }
        var isDurable = false
        switch outcome {
        case .written:
            attempt(key.job) { isDurable = try job.snapshotWritten(key.ordinal, snapshot.lease, point) }
        case .failed(let failure):
            // Without it the document would only be further behind after a loss.
            logger.warning("a snapshot cannot be written", metadata: ["reason": "\(failure)"])
            job.snapshotLost(key.ordinal, point)
        case .misfit(let error):
            job.snapshotRefused(key.ordinal, point)
            let problem = "a snapshot of document \(key) does not fit its step: \(error)"
            step(.misfit(snapshot.sender, problem: problem))
        }
        step(.progress(isDurable ? .snapshotWritten(key, point) : .snapshotLost(key, point)))
    }

    /// Runs what touches a job's files. If that fails, the job ends after the actions in hand, and the others go on.
    func attempt(_ id: JobID, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            // The failure that is reported is the first one.
            if failing[id] == nil { failing[id] = JobRefusal(error).refused }
        }
    }

    func stopFailingJobs() {
        while let (id, refused) = failing.first {
            if let job = jobs[id] {
                logger.error("a job failed", metadata: ["job": "\(id)", "reason": "\(refused.failure)"])
                // What is finished is kept if that is still possible.
                try? job.commit()
                job.stop(refused)
                jobs.end(job)
            }
            failing[id] = nil
            step(.progress(.jobStopped(id)))
            prepareJobs()
        }
    }

    func complete(_ id: JobID) {
        guard let job = jobs[id], failing[id] == nil else { return }
        attempt(id) {
            guard try job.catchUp() else {
                // Heartbeats must go on between the megabytes.
                if let run = jobs.number(of: id) { notices.post(.completed(id, run: run)) }
                return
            }
            for name in try job.finish() {
                logger.warning(
                    "a file that longscan did not make stays in the work directory",
                    metadata: ["file": "\(JobPaths(output: job.job.output).work)/\(name)"])
            }
            try forget(id, job.job)
            CrashPoint.pass(.jobForgotten)
            logger.info(
                "a job is done",
                metadata: [
                    "job": "\(id)", "documents": "\(job.status.documentsDone)",
                    "errors": "\(job.status.documentsFailed)",
                ])
            jobs.end(job)
        }
        prepareJobs()
    }

    func scheduleCommit(_ job: JobRun) {
        if job.hasUncommitted, nextCommit == nil { nextCommit = now.advanced(by: Self.commitInterval) }
    }

    func commit() {
        nextCommit = nil
        for job in jobs.running {
            attempt(job.id) { try job.commit() }
        }
        stopFailingJobs()
    }
}

extension InputProblem {
    fileprivate init(_ failure: Failure) {
        self.init(Code(rawValue: failure.code) ?? .failed, failure.message)
    }
}
