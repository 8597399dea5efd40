import Coordination
import JobRuns
import Jobs
import Logging
import Threads
import ZeroMQ

/// The jobs: how they are submitted, prepared and answered.
extension CoordinatorDaemon {
    /// Takes a submitted job. A job that runs or waits is answered at once; any other is prepared first.
    /// - Parameter isAccepted: whether an earlier start of the coordinator has accepted the job.
    func take(_ request: JobRequest, isAccepted: Bool = false) {
        let (id, job) = (request.id, request.job)
        if jobs[id] != nil { return answer(request.client, .success((id, .runs))) }
        // The client is answered soon, and need not wait for the job's turn. The latest request counts.
        if let entry = queue[id], entry.isAccepted, entry.waitsForItsTurn || !hasRoom {
            queue.add(id, isAccepted: true)
            requests[id, default: []].removeAll { $0.client == nil }
            requests[id, default: []].append(request.withoutClient)
            return commands.append(.accept(request, nil))
        }
        // The other job has locked the ledger, and a preparation would wait for it.
        if let other = writer(of: job.output), other != id {
            let failure = Failure(code: "output_in_use", message: "job \(other) is writing \(job.output)")
            return answer(request.client, .failure(JobRefusal(failure, reason: .tryAgain)))
        }
        guard isAccepted || queue[id] != nil || !queue.isFull else {
            let failure = Failure(
                code: "too_many_jobs",
                message: "\(Limits.waitingJobs) jobs wait already, and this coordinator takes no more: "
                    + "submit the job again when some of them are done")
            return answer(request.client, .failure(JobRefusal(failure, reason: .tryAgain)))
        }
        queue.add(id, isAccepted: isAccepted)
        requests[id, default: []].append(request)
        prepareJobs()
    }

    /// Prepares the jobs whose turn it is, each on a thread of its own. To read a model and earlier rows can take long,
    /// and heartbeats must go on.
    func prepareJobs() {
        let (notices, roots, reading) = (notices, roots, reading)
        // The queue counts jobs that are about to run as being prepared.
        while let id = queue.next(running: jobs.count, at: now) {
            // The latest request counts.
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

    /// Takes the outcome of a preparation.
    func admit(_ request: JobRequest, _ outcome: Result<PreparationOutcome, JobRefusal>) {
        switch outcome {
        case .success(.done(let status)):
            // A crash may have come between the manifest and the ledger's record.
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

    /// The number of jobs that run or are about to.
    private var runningJobs: Int { jobs.count + beginning.count }

    private var hasRoom: Bool { runningJobs < Limits.runningJobs }

    /// The job that writes to a path, or is about to.
    private func writer(of output: String) -> JobID? {
        let path = ExactString(output)
        return jobs.running.first { ExactString($0.job.output) == path }?.id
            ?? beginning.first { ExactString($0.value) == path }?.key
    }

    /// Answers for a job that was done before. The ledger knows that it needs no further work.
    func forgotten(_ id: JobID, _ status: JobStatus, problem: JobRefusal?) {
        queue.remove(id)
        jobs.remember(status)
        conclude(id, problem.map { .failure($0) } ?? .success((id, .doneBefore)))
        prepareJobs()
    }

    /// Takes an accepted job: it runs when there is room.
    /// - Parameter prepared: the prepared job; `nil` for a job that was accepted before.
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

    /// Answers the clients of a job that was accepted.
    /// - Parameter job: the running job and the number of its run; `nil` if there is no room.
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

    /// Answers all clients that submitted the job while it was prepared.
    /// - Parameter request: the request of a job that stays in the queue.
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

    /// The status of all jobs: ended, running and waiting. A job that has ended and waits again is listed once.
    private var allJobs: [JobStatus] {
        let waiting = waitingJobs
        let ids = Set(waiting.map(\.id))
        return jobs.statuses.filter { !ids.contains($0.id) } + waiting
    }

    /// The status of all accepted jobs that do not run, in order, with the reasons.
    private var waitingJobs: [JobStatus] {
        queue.all.filter(\.isAccepted).compactMap { entry in
            guard let job = requests[entry.id]?.last?.job else { return nil }
            var status = JobStatus(
                id: entry.id, task: job.task.name, output: job.output, state: .waiting, inputBytesTotal: 0)
            status.failure = entry.problem
            return status
        }
    }

    /// Updates the status of jobs that every worker has refused. It shows the refusal until a worker comes that may
    /// take the job.
    func updateStalls() {
        for job in jobs.running {
            let isRefused = coordinator.isRefusedByAll(job.id)
            jobs.update(job.id) { $0.isRefusedByAll = isRefused }
        }
    }
}
