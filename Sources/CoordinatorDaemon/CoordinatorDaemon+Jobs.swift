import Coordination
import JobRuns
import Jobs
import Logging
import Threads
import ZeroMQ

/// How jobs come in, and what is said of them.
extension CoordinatorDaemon {
    /// Takes a job that is handed in: answers at once if it runs or waits already, else has it prepared.
    /// - Parameter isAccepted: by an earlier start of the coordinator.
    func take(_ request: JobRequest, isAccepted: Bool = false) {
        let (id, job) = (request.id, request.job)
        if jobs[id] != nil { return answer(request.client, .success((id, .runs))) }
        // Whoever hands it in again is answered soon, not when it is its turn. What was said last goes.
        if let entry = queue[id], entry.isAccepted, entry.waitsForItsTurn || !hasRoom {
            queue.add(id, isAccepted: true)
            requests[id, default: []].removeAll { $0.client == nil }
            requests[id, default: []].append(request.withoutClient)
            return commands.append(.accept(request, nil))
        }
        // Its ledger is locked, and who prepares would wait for it.
        if let other = writer(of: job.output), other != id {
            let failure = Failure(code: "output_in_use", message: "job \(other) is writing \(job.output)")
            return answer(request.client, .failure(JobRefusal(failure, reason: .tryAgain)))
        }
        guard isAccepted || queue[id] != nil || !queue.isFull else {
            let failure = Failure(
                code: "too_many_jobs",
                message: "\(Limits.waitingJobs) jobs wait already, and this coordinator keeps no more: "
                    + "hand the job in again when some of them are done")
            return answer(request.client, .failure(JobRefusal(failure, reason: .tryAgain)))
        }
        queue.add(id, isAccepted: isAccepted)
        requests[id, default: []].append(request)
        prepareJobs()
    }

    /// Prepares the jobs whose turn it is, each on a thread of its own: reading its model and what it wrote before can
    /// take long, and heartbeats must go on.
    func prepareJobs() {
        let (notices, roots, reading) = (notices, roots, reading)
        // To the queue, jobs that are about to run are still being prepared.
        while let id = queue.next(running: jobs.count, at: now) {
            // What the latest one says goes.
            guard let request = requests[id]?.last else { preconditionFailure("job \(id) waits and nobody knows it") }
            do {
                _ = try OSThread(name: "prepare") {
                    notices.post(
                        .prepared(
                            request, Result { try request.outcome(roots, limits: reading) }.mapError { JobRefusal($0) })
                    )
                }
            } catch {
                admit(request, .failure(JobRefusal(error)))
            }
        }
        nextPreparation = queue.deadline(running: jobs.count)
    }

    /// A job was prepared, or could not be.
    func admit(_ request: JobRequest, _ outcome: Result<PreparationOutcome, JobRefusal>) {
        switch outcome {
        case .success(.done(let status)):
            // A crash may have come between the manifest and this.
            commands.append(.forget(request, status))
        case .success(.ready(let prepared)) where hasRoom:
            beginning[request.id] = request.job.output
            commands.append(.begin(request, prepared, run: jobs.nextRun()))
        case .success(.ready(let prepared)):
            commands.append(.accept(request, prepared))
        case .failure(let refusal):
            settle(request, .failure(refusal), goesOn: false)
        }
        prepareJobs()
    }

    /// Jobs that run, and that are about to.
    private var runningJobs: Int { jobs.count + beginning.count }

    private var hasRoom: Bool { runningJobs < Limits.runningJobs }

    /// The job that writes to a path now, or is about to.
    private func writer(of output: String) -> JobID? {
        let path = ExactString(output)
        return jobs.running.first { ExactString($0.job.output) == path }?.id
            ?? beginning.first { ExactString($0.value) == path }?.key
    }

    /// A job that is done needs no further work, which the ledger knows now.
    func forgotten(_ id: JobID, _ status: JobStatus, problem: JobRefusal?) {
        queue.remove(id)
        jobs.remember(status)
        conclude(id, problem.map { .failure($0) } ?? .success((id, .doneBefore)))
        prepareJobs()
    }

    /// A job has the coordinator's word, and runs when there is room.
    /// - Parameter prepared: `nil` for one that had it before.
    func accepted(_ request: JobRequest, _ prepared: PreparedJob?, problem: JobRefusal?) {
        guard let prepared else {
            return answer(request.client, problem.map { .failure($0) } ?? .success((request.id, .waits)))
        }
        if let problem {
            settle(request, .failure(problem), goesOn: false)
        } else if hasRoom {
            return admit(request, .success(.ready(prepared)))
        } else {
            settle(request, .success(nil), goesOn: prepared.goesOn)
        }
        prepareJobs()
    }

    func began(_ request: JobRequest, run number: Int, goesOn: Bool, _ job: Result<RunningJob, JobRefusal>) {
        beginning[request.id] = nil
        settle(request, job.map { ($0, number) }, goesOn: goesOn)
        prepareJobs()
    }

    /// - Parameter job: what runs now, and which run it is; `nil`: there is no room.
    private func settle(_ request: JobRequest, _ job: Result<(RunningJob, run: Int)?, JobRefusal>, goesOn: Bool) {
        let id = request.id
        let problem: CoordinatorMessage.Refused? = if case .failure(let refusal) = job { refusal.refused } else { nil }
        switch queue.prepared(id, problem: problem, running: runningJobs, at: now) {
        case .run(let place):
            guard case .success(.some(let (job, number))) = job else {
                preconditionFailure("job \(id) has room and does not run")
            }
            start(job, run: number, place)
            conclude(id, .success((id, goesOn ? .goesOn : .begins)))
        case .wait:
            conclude(id, .success((id, .waits)), keeps: request)
        case .refuse(let refused):
            conclude(id, .failure(JobRefusal(refused)))
        case .retry(let refused):
            logger.warning("a job cannot go on", metadata: ["job": "\(id)", "reason": "\(refused.failure)"])
            conclude(id, .failure(JobRefusal(refused)), keeps: request)
        }
    }

    private func start(_ job: RunningJob, run number: Int, _ place: Int) {
        jobs.add(job, run: number, place: place)
        if let passedOver = job.passedOver {
            logger.info("\(passedOver)", metadata: ["job": "\(job.id)"])
        }
        logger.info("a job began", metadata: ["job": "\(job.id)", "output": "\(job.job.output)"])
        step(.progress(.jobAdmitted(job.id, job.plan, place: place)))
        updateStalls()
    }

    private typealias Answer = Result<(JobID, CoordinatorMessage.Acceptance), JobRefusal>

    /// Answers whoever handed the job in while it was prepared.
    /// - Parameter request: of a job that stays in the queue.
    private func conclude(_ id: JobID, _ result: Answer, keeps request: JobRequest? = nil) {
        let waiting = requests.removeValue(forKey: id) ?? []
        if let request, queue[id] != nil { requests[id] = [(waiting.last ?? request).withoutClient] }
        for request in waiting { answer(request.client, result) }
        CrashPoint.pass(.jobAnswered)
    }

    private func answer(_ client: [UInt8]?, _ result: Answer) {
        guard let client else { return }
        switch result {
        case .success((let id, let acceptance)):
            reply(.accepted(id, acceptance), to: Frame(client))
        case .failure(let refusal):
            logger.warning("refused a job", metadata: ["reason": "\(refusal.refused.failure)"])
            reply(.refused(refusal.refused), to: Frame(client))
        }
    }

    func status(of job: JobID?) -> ClusterStatus {
        ClusterStatus(
            jobs: allJobs.filter { job == nil || $0.id.digest.hasPrefix(job?.digest ?? "") },
            workers: coordinator.workers.map {
                WorkerStatus(
                    name: $0.hello.name, lanes: $0.hello.lanes, profile: $0.hello.profile,
                    documents: coordinator.documentsHeld(by: $0.id))
            },
            refused: refusals.byReason)
    }

    /// Jobs that ended, that run and that wait. One that ended and waits again is named once.
    private var allJobs: [JobStatus] {
        let waiting = waitingJobs
        let ids = Set(waiting.map(\.id))
        return jobs.statuses.filter { !ids.contains($0.id) } + waiting
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
            let isRefused = coordinator.isRefusedByAll(job.id)
            jobs.update(job.id) { $0.isRefusedByAll = isRefused }
        }
    }
}
