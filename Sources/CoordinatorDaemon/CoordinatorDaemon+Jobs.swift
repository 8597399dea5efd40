import Coordination
import Jobs
import Ledger
import Logging
import ZeroMQ

/// How jobs come in, and what is said of them.
extension CoordinatorDaemon {
    /// Takes a job that is handed in: answers at once if it runs already, else has it prepared.
    func take(_ request: JobRequest) {
        guard let (id, job) = request.job else { return prepare(request) }
        if jobs[id] != nil { return answer(request, .success((id, .runs))) }
        // Its ledger is locked, and who prepares would wait for it.
        if let other = jobs.running.first(where: { ExactString($0.job.output) == ExactString(job.output) }) {
            let failure = Failure(code: "output_in_use", message: "job \(other.id) is writing \(job.output)")
            return answer(request, .failure(JobRefusal(failure, exitStatus: ExitStatus.tryAgain)))
        }
        if preparing[id] != nil {
            preparing[id]?.append(request)
        } else {
            preparing[id] = []
            prepare(request)
        }
    }

    /// Prepares a job on a thread of its own: reading its model and what it wrote before can take long, and heartbeats
    /// must go on.
    private func prepare(_ request: JobRequest) {
        let notices = notices
        do {
            _ = try OSThread(name: "prepare") {
                notices.post(.prepared(request.prepared()))
            }
        } catch {
            answerAll(request, .failure(JobRefusal(error)))
        }
    }

    func admit(_ request: JobRequest) {
        do {
            let (id, job, outcome) = try request.result()
            switch outcome {
            case .done(let status):
                jobs.remember(status)
                // A crash may have come between the manifest and this.
                try forget(id, job)
                answerAll(request, .success((id, .doneBefore)))
            case .ready(let prepared):
                try start(prepared, job)
                answerAll(request, .success((id, prepared.goesOn ? .goesOn : .begins)))
            }
            CrashPoint.pass(.jobAnswered)
        } catch {
            answerAll(request, .failure(JobRefusal(error)))
        }
    }

    /// The job needs no further work, nor does what an earlier version called it.
    func forget(_ id: JobID, _ job: Job) throws {
        try ledger.finished(id)
        let former = JobRequest.formerID(of: job)
        if former != id { try ledger.finished(former) }
    }

    private func start(_ prepared: PreparedJob, _ job: Job) throws {
        let (notices, id) = (notices, prepared.id)
        let number = jobs.nextRun
        let run = try JobRun(prepared, limits: reading) { notices.post(.feed(id, run: number, $0)) }
        CrashPoint.pass(.jobOpened)
        try ledger.accept(id, json: JobRequest.json(job))
        CrashPoint.pass(.jobAccepted)
        jobs.add(run)
        if let passedOver = run.passedOver {
            logger.info("\(passedOver)", metadata: ["job": "\(id)"])
        }
        logger.info("a job began", metadata: ["job": "\(id)", "output": "\(job.output)"])
        step(.jobAdmitted(id, run.plan))
        updateStalls()
    }

    private typealias Answer = Result<(JobID, CoordinatorMessage.Acceptance), JobRefusal>

    /// Answers whoever handed the job in, and those who did so while it was prepared.
    private func answerAll(_ request: JobRequest, _ result: Answer) {
        answer(request, result)
        let waiting = request.job.flatMap { preparing.removeValue(forKey: $0.id) } ?? []
        for request in waiting { answer(request, result) }
    }

    private func answer(_ request: JobRequest, _ result: Answer) {
        switch result {
        case .success((let id, let acceptance)):
            if let client = request.client { reply(.accepted(id, acceptance), to: client) }
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
