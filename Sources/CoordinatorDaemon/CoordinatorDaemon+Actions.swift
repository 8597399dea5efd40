import Coordination
import Documents
import Jobs
import Ledger
import Logging
import ZeroMQ

/// What the scheduler decides, carried out.
extension CoordinatorDaemon {
    /// - Parameter result: what the event brought, if it is a step's result.
    func step(_ event: SchedulerEvent, result: StepResult? = nil) {
        for action in scheduler.handle(event, at: now) {
            perform(action, result: result)
        }
        stopFailingJobs()
    }

    private func perform(_ action: SchedulerAction, result: StepResult?) {
        switch action {
        case .record(let key, _):
            guard let job = jobs[key.job], let result, case .output(let output) = result.outcome else { return }
            attempt(key.job) { try job.record(output, of: key.ordinal, number: result.number) }
        case .completeDocument(let key):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) { try job.complete(key.ordinal) }
            scheduleCommit(job)
        case .failDocument(let key):
            guard let job = jobs[key.job], let result, case .documentFailed(let failure) = result.outcome else {
                return
            }
            attempt(key.job) { try job.fail(key.ordinal, InputProblem(failure)) }
            scheduleCommit(job)
        case .restartDocument(let key):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) { try job.restart(key.ordinal) }
        case .countLate(let lease):
            logger.debug("a late result", metadata: ["lease": "\(lease)"])
            jobs.countLate()
            count(.lateResult, "\(lease)")
        case .welcome(let worker):
            send(.welcome, to: worker)
        case .heartbeat(let worker):
            send(.heartbeat, to: worker)
        case .forget(let worker):
            guard let gone = peers[worker] else { return }
            logger.info("a worker is gone", metadata: ["worker": "\(gone.hello.name)"])
            peers.remove(worker)
        case .grant(let worker, let lease, let key):
            let profile = peers[worker]?.hello.profile
            guard let grant = jobs[key.job]?.grant(lease, key.ordinal, profile: profile) else { return }
            send(.lease(grant), to: worker)
        case .sendStep(let worker, let lease, let key, let number, let work):
            guard let job = jobs[key.job] else { return }
            attempt(key.job) {
                if let step = try job.step(lease, key.ordinal, number: number, work) { send(.step(step), to: worker) }
            }
        case .release(let worker, let lease):
            send(.release(lease), to: worker)
        case .openDocuments(let id, let count):
            jobs[id]?.openDocuments(count)
        case .completeJob(let id):
            complete(id)
        }
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
        }
    }

    private func complete(_ id: JobID) {
        guard let job = jobs[id], failing[id] == nil else { return }
        attempt(id) {
            try job.finish()
            try ledger.finished(id)
            logger.info(
                "a job is done",
                metadata: [
                    "job": "\(id)", "documents": "\(job.status.documentsDone)",
                    "errors": "\(job.status.documentsFailed)",
                ])
            jobs.end(job)
        }
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
