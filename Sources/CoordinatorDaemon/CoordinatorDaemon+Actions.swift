import Coordination
import Documents
import Jobs
import Ledger
import Logging
import ZeroMQ

/// What the scheduler decides, carried out.
extension CoordinatorDaemon {
    /// What an event brought.
    struct Brought {
        var result: StepResult?
        /// By the step that the result is of.
        var tokensRead = 0
        var snapshot: [UInt8]?
        var sender: WorkerID?
    }

    func step(_ event: SchedulerEvent, _ brought: Brought = Brought()) {
        let actions = scheduler.handle(event, at: now)
        CrashPoint.pass(.eventStepped)
        for action in actions {
            CrashPoint.pass(before: action)
            perform(action, brought)
            CrashPoint.pass(after: action)
        }
        stopFailingJobs()
        stepOn()
    }

    /// Tells the scheduler what came of its actions.
    func stepOn() {
        while !following.isEmpty { step(following.removeFirst()) }
    }

    private func perform(_ action: SchedulerAction, _ brought: Brought) {
        switch action {
        case .record, .keepSnapshot, .discardSnapshot, .countLate, .completeDocument, .failDocument, .giveUpDocument,
            .restartDocument:
            record(action, brought)
        case .welcome, .heartbeat, .forget, .grant, .sendStep, .release:
            speak(action)
        case .openDocuments(let id, let count):
            jobs[id]?.openDocuments(count)
        case .completeJob(let id):
            complete(id)
        }
    }

    private func record(_ action: SchedulerAction, _ brought: Brought) {
        switch action {
        case .record(let key, _):
            guard let job = jobs[key.job], let result = brought.result, case .output(let output) = result.outcome
            else { return }
            attempt(key.job) { try job.record(output, of: key.ordinal, tokensRead: brought.tokensRead) }
        case .keepSnapshot(let key, let lease, let point):
            keepSnapshot(key, lease, point, brought)
        case .discardSnapshot(let key, let point):
            logger.warning(
                "a snapshot cannot be used", metadata: ["document": "\(key)", "token": "\(point.tokens)"])
            attempt(key.job) { try jobs[key.job]?.discardSnapshot(key.ordinal, point) }
        case .completeDocument(let key):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) { try job.complete(key.ordinal) }
            scheduleCommit(job)
        case .failDocument(let key):
            guard case .documentFailed(let failure) = brought.result?.outcome else { return }
            fail(key, failure)
        case .giveUpDocument(let key, let failure):
            fail(key, failure)
        case .restartDocument(let key, let point):
            attempt(key.job) { try jobs[key.job]?.restart(key.ordinal, from: point) }
        case .countLate(let lease):
            logger.debug("a late result", metadata: ["lease": "\(lease)"])
            jobs.countLate()
            count(.lateResult, "\(lease)")
        default:
            break
        }
    }

    private func speak(_ action: SchedulerAction) {
        switch action {
        case .welcome(let worker):
            send(.welcome, to: worker)
        case .heartbeat(let worker):
            send(.heartbeat, to: worker)
        case .forget(let worker):
            guard let gone = peers[worker] else { return }
            logger.info("a worker is gone", metadata: ["worker": "\(gone.hello.name)"])
            peers.lose(worker)
        case .grant(let worker, let lease, let key, let point):
            grant(worker, lease, key, point)
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) {
                let step = try job.step(lease, key.ordinal, number: number, work, wantsSnapshot: wantsSnapshot)
                if let step { send(.step(step), to: worker) }
            }
        case .release(let worker, let lease):
            send(.release(lease), to: worker)
        default:
            break
        }
    }

    private func grant(_ worker: WorkerID, _ lease: LeaseID, _ key: DocumentKey, _ point: ResumePoint?) {
        guard let job = jobs[key.job] else { return }
        do {
            let grant = try job.grant(lease, key.ordinal, profile: peers[worker]?.hello.profile, from: point)
            if let grant { send(.lease(grant), to: worker) }
        } catch {
            // The worker has not heard of the lease, and passes over the steps that are sent meanwhile.
            logger.warning("a snapshot cannot be read", metadata: ["document": "\(key)", "reason": "\(error)"])
            following.append(.snapshotRefused(worker, lease))
        }
    }

    private func fail(_ key: DocumentKey, _ failure: Failure) {
        guard let job = jobs[key.job] else { return }
        attempt(key.job) { try job.fail(key.ordinal, InputProblem(failure)) }
        scheduleCommit(job)
    }

    private func keepSnapshot(_ key: DocumentKey, _ lease: LeaseID, _ point: ResumePoint, _ brought: Brought) {
        var path: String?
        attempt(key.job) { path = try jobs[key.job]?.snapshotPath(key.ordinal, point) }
        guard let path, let bytes = brought.snapshot, let sender = brought.sender, let run = jobs.number(of: key.job),
            let text = jobs[key.job]?.text(of: key.ordinal, tokens: point.tokens)
        else {
            return following.append(.snapshotLost(key, point))
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
            blame(snapshot.sender, "a snapshot of document \(key) does not fit its step: \(error)")
        }
        step(isDurable ? .snapshotWritten(key, point) : .snapshotLost(key, point))
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
            step(.jobStopped(id))
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
