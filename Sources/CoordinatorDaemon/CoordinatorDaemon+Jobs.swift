import Coordination
import Jobs
import Ledger
import Logging
import ZeroMQ

/// How jobs come in, and what is said of them.
extension CoordinatorDaemon {
    /// Takes a job that is handed in: answers at once if it runs or waits already, else has it prepared.
    /// - Parameter isAccepted: by an earlier start of the coordinator.
    func take(_ request: JobRequest, isAccepted: Bool = false) {
        let (id, job) = (request.id, request.job)
        if jobs[id] != nil { return answer(request.client, .success((id, .runs))) }
        // Whoever hands it in again is answered now, not when it is its turn.
        if let entry = queue[id], entry.isAccepted,
            entry.waitsForItsTurn || jobs.running.count >= Limits.runningJobs
        {
            return answer(request.client, .success((id, .waits)))
        }
        // Its ledger is locked, and who prepares would wait for it.
        if let other = jobs.running.first(where: { ExactString($0.job.output) == ExactString(job.output) }) {
            let failure = Failure(code: "output_in_use", message: "job \(other.id) is writing \(job.output)")
            return answer(request.client, .failure(JobRefusal(failure, exitStatus: ExitStatus.tryAgain)))
        }
        guard isAccepted || queue[id] != nil || !queue.isFull else {
            let failure = Failure(
                code: "too_many_jobs",
                message: "\(Limits.waitingJobs) jobs wait already, and this coordinator keeps no more: "
                    + "hand the job in again when some of them are done")
            return answer(request.client, .failure(JobRefusal(failure, exitStatus: ExitStatus.tryAgain)))
        }
        queue.add(id, isAccepted: isAccepted)
        requests[id, default: []].append(request)
        prepareJobs()
    }

    /// Prepares the jobs whose turn it is, each on a thread of its own: reading its model and what it wrote before can take
    /// long, and heartbeats must go on.
    func prepareJobs() {
        let (notices, roots) = (notices, roots)
        while let id = queue.next(running: jobs.running.count, at: now) {
            // What the latest one says goes.
            guard let request = requests[id]?.last else { preconditionFailure("job \(id) waits and nobody knows it") }
            do {
                _ = try OSThread(name: "prepare") {
                    notices.post(.prepared(request, Result { try request.outcome(roots) }.mapError { JobRefusal($0) }))
                }
            } catch {
                admit(request, .failure(JobRefusal(error)))
            }
        }
        nextPreparation = queue.deadline(running: jobs.running.count)
    }

    /// A job was prepared, or could not be.
    func admit(_ request: JobRequest, _ outcome: Result<PreparationOutcome, JobRefusal>) {
        let id = request.id
        switch outcome {
        case .success(.done(let status)):
            queue.remove(id)
            jobs.remember(status)
            // A crash may have come between the manifest and this.
            conclude(id, attempting { try forget(id, request.job) }.map { (id, .doneBefore) })
        case .success(.ready(let prepared)):
            // It is opened now, or closed again until there is room.
            let hasRoom = jobs.running.count < Limits.runningJobs
            let (notices, number, reading) = (notices, jobs.nextRun, reading)
            let run = attempting {
                hasRoom ? try JobRun(prepared, limits: reading) { notices.post(.feed(id, run: number, $0)) } : nil
            }
            settle(request, run, goesOn: prepared.goesOn)
        case .failure(let refusal):
            settle(request, .failure(refusal), goesOn: false)
        }
        prepareJobs()
    }

    private func settle(_ request: JobRequest, _ run: Result<JobRun?, JobRefusal>, goesOn: Bool) {
        let (id, job) = (request.id, request.job)
        let problem: CoordinatorMessage.Refused? = if case .failure(let refusal) = run { refusal.refused } else { nil }
        switch queue.prepared(id, problem: problem, running: jobs.running.count, at: now) {
        case .run(let place):
            guard case .success(.some(let run)) = run else { preconditionFailure("job \(id) has room and is not open") }
            let started = attempting { try start(run, place, job) }
            if case .failure(let refusal) = started { run.stop(refusal.refused) }
            conclude(id, started.map { (id, goesOn ? .goesOn : .begins) })
        case .wait:
            let accepted = attempting { try ledger.accept(id, json: JobRequest.json(job)) }
            if case .failure = accepted { queue.remove(id) }
            conclude(id, accepted.map { (id, .waits) }, keeps: request)
        case .refuse(let refused):
            conclude(id, .failure(JobRefusal(refused)))
        case .retry(let refused):
            logger.warning("a job cannot go on", metadata: ["job": "\(id)", "reason": "\(refused.failure)"])
            conclude(id, .failure(JobRefusal(refused)), keeps: request)
        }
    }

    private func attempting<Value>(_ body: () throws -> Value) -> Result<Value, JobRefusal> {
        Result(catching: body).mapError { JobRefusal($0) }
    }

    /// The job needs no further work, nor does what an earlier version called it.
    func forget(_ id: JobID, _ job: Job) throws {
        try ledger.finished(id)
        let former = JobRequest.formerID(of: job)
        if former != id { try ledger.finished(former) }
    }

    private func start(_ run: JobRun, _ place: Int, _ job: Job) throws {
        CrashPoint.pass(.jobOpened)
        try ledger.accept(run.id, json: JobRequest.json(job))
        CrashPoint.pass(.jobAccepted)
        jobs.add(run, place: place)
        if let passedOver = run.passedOver {
            logger.info("\(passedOver)", metadata: ["job": "\(run.id)"])
        }
        logger.info("a job began", metadata: ["job": "\(run.id)", "output": "\(job.output)"])
        step(.progress(.jobAdmitted(run.id, run.plan, place: place)))
        updateStalls()
    }

    private typealias Answer = Result<(JobID, CoordinatorMessage.Acceptance), JobRefusal>

    /// Answers whoever handed the job in while it was prepared.
    /// - Parameter request: of a job that stays in the queue.
    private func conclude(_ id: JobID, _ result: Answer, keeps request: JobRequest? = nil) {
        let waiting = requests.removeValue(forKey: id) ?? []
        if let request, queue[id] != nil { requests[id] = [request.withoutClient] }
        for request in waiting { answer(request.client, result) }
        CrashPoint.pass(.jobAnswered)
    }

    private func answer(_ client: Frame?, _ result: Answer) {
        guard let client else { return }
        switch result {
        case .success((let id, let acceptance)):
            reply(.accepted(id, acceptance), to: client)
        case .failure(let refusal):
            logger.warning("refused a job", metadata: ["reason": "\(refusal.refused.failure)"])
            reply(.refused(refusal.refused), to: client)
        }
    }

    func status(of job: JobID?) -> ClusterStatus {
        ClusterStatus(
            jobs: (jobs.statuses + waitingJobs).filter { job == nil || $0.id.digest.hasPrefix(job?.digest ?? "") },
            workers: coordinator.workers.map {
                WorkerStatus(
                    name: $0.hello.name, lanes: $0.hello.lanes, profile: $0.hello.profile,
                    documents: coordinator.documentsHeld(by: $0.id))
            },
            refused: refusals.byReason)
    }

    /// Jobs that were accepted and do not run, in their order, and why.
    private var waitingJobs: [JobStatus] {
        queue.all.filter(\.isAccepted).compactMap { entry in
            guard let job = requests[entry.id]?.last?.job else { return nil }
            var status = JobStatus(
                id: entry.id, task: job.task.name, output: job.output, state: .waiting, inputBytesTotal: 0)
            status.failure = entry.problem
            return status
        }
    }

    /// A job that all workers have refused says so in its status until a worker comes that may take it.
    func updateStalls() {
        for job in jobs.running {
            let isStalled = coordinator.isRefusedByAll(job.id)
            job.setStall(
                isStalled
                    ? jobs.lastRefusal.map { .init(failure: $0, exitStatus: ExitStatus.badConfiguration) } : nil)
        }
    }
}
