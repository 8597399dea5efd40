import Coordination
import Jobs
import Ledger
import Logging
import ZeroMQ

/// How jobs come in, and what is said of them.
extension CoordinatorDaemon {
    /// Opens the model on a thread of its own: hashing it can take seconds, and heartbeats must go on.
    func prepare(_ request: JobRequest) {
        let notices = notices
        do {
            _ = try OSThread(name: "prepare") {
                notices.post(.prepared(request.prepared()))
            }
        } catch {
            answer(request, .failure(JobRefusal(error)))
        }
    }

    func admit(_ request: JobRequest) {
        do {
            let (id, job, model) = try request.result()
            if jobs[id] == nil, !jobs.isCompleted(id) {
                if let finished = try JobPaths(output: job.output).finishedStatus(id, job) {
                    jobs.remember(finished)
                    // A crash may have come between the manifest and this.
                    try ledger.finished(id)
                } else {
                    try start(id, job, model)
                }
            }
            answer(request, .success(id))
            CrashPoint.pass(.jobAnswered)
        } catch {
            answer(request, .failure(JobRefusal(error)))
        }
    }

    private func start(_ id: JobID, _ job: Job, _ model: ModelSummary) throws {
        // Its ledger is locked, and SQLite would wait for it, and all workers with it.
        if let other = jobs.running.first(where: { $0.job.output == job.output }) {
            let failure = Failure(code: "output_in_use", message: "job \(other.id) is writing \(job.output)")
            throw JobRefusal(failure, exitStatus: ExitStatus.tryAgain)
        }
        let notices = notices
        let number = jobs.nextRun
        let run = try JobRun(id, job, model: model) { notices.post(.feed(id, run: number, $0)) }
        CrashPoint.pass(.jobOpened)
        try ledger.accept(id, json: JobRequest.json(job))
        CrashPoint.pass(.jobAccepted)
        jobs.add(run)
        logger.info("a job began", metadata: ["job": "\(id)", "output": "\(job.output)"])
        step(.jobAdmitted(id, run.plan))
        updateStalls()
    }

    private func answer(_ request: JobRequest, _ result: Result<JobID, JobRefusal>) {
        switch result {
        case .success(let id):
            if let client = request.client { reply(.accepted(id), to: client) }
        case .failure(let refusal):
            logger.warning("refused a job", metadata: ["reason": "\(refusal.refused.failure)"])
            if let client = request.client { reply(.refused(refusal.refused), to: client) }
        }
    }

    func status(of job: JobID?) -> ClusterStatus {
        ClusterStatus(
            jobs: jobs.statuses.filter { job == nil || $0.id.digest.hasPrefix(job?.digest ?? "") },
            workers: peers.all.map {
                WorkerStatus(
                    name: $0.hello.name, lanes: $0.hello.lanes, profile: $0.hello.profile,
                    documents: scheduler.documentsHeld(by: $0.id))
            },
            refused: refusals.byReason)
    }

    /// A job that all workers have refused says so in its status until a worker comes that may take it.
    func updateStalls() {
        for job in jobs.running {
            let isStalled = scheduler.isRefusedByAll(job.id)
            job.setStall(
                isStalled
                    ? jobs.lastRefusal.map { .init(failure: $0, exitStatus: ExitStatus.badConfiguration) } : nil)
        }
    }
}
