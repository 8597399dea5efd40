import Coordination
import Documents
import Jobs
import Ledger
public import Logging
import ZeroMQ

/// The coordinator: the thread that owns the socket, steps the scheduler and carries out what it decides.
///
/// Reading and tokenising inputs happens on one thread for each job, opening models on another; all of them reach this
/// one through its mailbox. Nothing here decides: what is done with whom is the ``Coordination/Scheduler``'s.
public final class CoordinatorDaemon {
    /// Of the whole program, as manifests name it.
    public static let version = "0.1.0"

    /// What other threads tell the coordinator.
    enum Notice: Sendable {
        case stop
        /// - Parameter run: of the job: an earlier run's feed may still have something to say.
        case feed(JobID, run: Int, FeedEvent)
        case prepared(JobRequest)
    }

    /// Ends ``run()`` from any thread, with everything that is finished on the disk.
    public struct StopSwitch: Sendable {
        let notices: Mailbox<Notice>

        public func stop() {
            notices.post(.stop)
        }
    }

    /// Where the coordinator listens, with the port that the system chose for `*`.
    public let endpoint: String
    private let notices: Mailbox<Notice>

    private static let commitInterval = Duration.milliseconds(250)
    /// Messages handled before other matters get their turn.
    private static let messagesPerRound = 256

    private let logger: Logger
    private let ledger: CoordinatorLedger
    private let context: Context
    private let socket: Socket
    private let start = ContinuousClock.now
    private var scheduler: Scheduler
    private var peers = PeerTable()
    private var jobs: JobTable
    private var nextCommit: Instant?
    /// Jobs whose files failed while actions were carried out: they end when the actions are done.
    private var failing: [JobID: CoordinatorMessage.Refused] = [:]
    private var isStopping = false

    /// Opens the ledger, binds the socket and takes up the jobs that were accepted and not finished.
    /// - Parameters:
    ///   - endpoint: `tcp://ADDRESS:PORT`; `*` as port lets the system choose one.
    ///   - stateDirectory: where the ledger lies; made if it is not there. `nil`: accepted jobs are not remembered.
    /// - Throws: `LedgerError`, `ZeroMQError`, `FileError`.
    public init(bind endpoint: String, stateDirectory: String?, logger: Logger) throws {
        self.logger = logger
        if let stateDirectory { try createDirectories(stateDirectory) }
        ledger = try CoordinatorLedger(path: stateDirectory.map { $0 + "/coordinator.sqlite" })
        scheduler = Scheduler(epoch: try ledger.nextEpoch())
        notices = try Mailbox()
        jobs = JobTable()
        context = try Context()
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.maxFrameCount = Limits.framesPerMessage
        options.sendHighWaterMark = 64
        options.receiveHighWaterMark = 64
        socket = try Socket(.router, in: context, options: options)
        self.endpoint = try socket.bind(to: endpoint)
        for json in try ledger.jobs() {
            prepare(JobRequest(json: json))
        }
    }

    /// Works until told to stop.
    /// - Throws: `ZeroMQError` when the socket can no longer be used.
    public func run() throws {
        var poller = Poller()
        let messages = poller.add(socket)
        let noticed = poller.add(notices)
        while !isStopping {
            let ready = try poller.wait(timeout: timeout)
            if ready.contains(messages) { try receiveMessages() }
            if ready.contains(noticed) { for notice in notices.drain() { handle(notice) } }
            retryOutboxes()
            if let deadline = scheduler.nextDeadline, deadline <= now { step(.tick) }
            if let due = nextCommit, due <= now { commit() }
        }
        commit()
    }

    public var stopSwitch: StopSwitch { StopSwitch(notices: notices) }

    private var now: Instant { Instant(sinceStart: start.duration(to: .now)) }

    private var timeout: Duration? {
        var deadlines = [scheduler.nextDeadline, nextCommit].compactMap(\.self)
        if !peers.withOutbox.isEmpty { deadlines.append(now.advanced(by: .milliseconds(10))) }
        return deadlines.min().map { now.duration(to: $0) }
    }
}

// MARK: - What arrives

extension CoordinatorDaemon {
    private func receiveMessages() throws {
        for _ in 0..<Self.messagesPerRound {
            do throws(ZeroMQError) {
                guard let message = try socket.receive() else { return }
                handle(message)
            } catch {
                guard error.code == .messageTooLong else { throw error }
                logger.warning("refused a message", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func handle(_ message: ReceivedMessage) {
        guard let peer = message.frames.first else { return }
        do throws(FrameCoding.DecodingError) {
            try handle(FrameCoding.peerMessage(from: message.frames.dropFirst().map(\.bytes)), from: peer)
        } catch {
            logger.warning("refused a message", metadata: ["reason": "\(error)"])
            let failure = Failure(code: "protocol", message: "\(error)")
            reply(.refused(.init(failure: failure, exitStatus: ExitStatus.usage)), to: peer)
        }
    }

    private func handle(_ message: PeerMessage, from peer: Frame) {
        switch message {
        case .hello(let hello):
            handle(hello, from: peer)
        case .submit(let submission):
            prepare(JobRequest(job: submission.job, client: peer))
        case .status(let request):
            reply(.status(status(of: request.job)), to: peer)
        case .heartbeat, .result, .refusal, .goodbye:
            guard let worker = peers[peer] else {
                if case .result = message { jobs.countLate() }
                return reply(.rejoin, to: peer)
            }
            handle(message, from: worker)
        }
    }

    private func handle(_ hello: PeerMessage.Hello, from peer: Frame) {
        guard (1...Limits.lanesPerWorker).contains(hello.lanes), (1...2 * Limits.lanesPerWorker).contains(hello.credit)
        else {
            let message = "a worker cannot have \(hello.lanes) lanes and \(hello.credit) steps in hand"
            let failure = Failure(code: "hello", message: message)
            return reply(.refused(.init(failure: failure, exitStatus: ExitStatus.usage)), to: peer)
        }
        switch peers.hello(hello, from: peer) {
        case .repeated(let worker):
            step(.workerHeard(worker))
        case .outdated:
            break
        case .joined(let worker, let replaced):
            if let replaced { step(.workerLeft(replaced)) }
            logger.info("a worker joined", metadata: ["worker": "\(hello.name)", "lanes": "\(hello.lanes)"])
            step(.workerJoined(worker, lanes: hello.lanes, credit: hello.credit))
            updateStalls()
        }
    }

    private func handle(_ message: PeerMessage, from worker: PeerTable.Worker) {
        switch message {
        case .heartbeat:
            step(.workerHeard(worker.id))
        case .goodbye:
            step(.workerLeft(worker.id))
        case .result(let result):
            let event = SchedulerEvent.stepFinished(
                worker.id, result.lease, number: result.number, StepSummary(result.outcome))
            step(event, result: result)
        case .refusal(let refusal):
            logger.warning(
                "a worker refused a job",
                metadata: ["worker": "\(worker.hello.name)", "reason": "\(refusal.failure)"])
            jobs.lastRefusal = refusal.failure
            step(.leaseRefused(worker.id, refusal.lease))
            updateStalls()
        case .hello, .submit, .status:
            break
        }
    }

    private func handle(_ notice: Notice) {
        switch notice {
        case .stop:
            isStopping = true
        case .prepared(let request):
            admit(request)
        case .feed(let id, let run, let event):
            guard let job = jobs[id, run: run] else { return }
            var followUp: SchedulerEvent?
            attempt(id) { followUp = try job.handle(event) }
            if let followUp { step(followUp) } else { stopFailingJobs() }
            scheduleCommit(job)
        }
    }
}

// MARK: - What the scheduler decides

extension CoordinatorDaemon {
    /// - Parameter result: what the event brought, if it is a step's result.
    private func step(_ event: SchedulerEvent, result: StepResult? = nil) {
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
        case .welcome(let worker):
            send(.welcome, to: worker)
        case .heartbeat(let worker):
            send(.heartbeat, to: worker)
        case .forget(let worker):
            guard let gone = peers[worker] else { return }
            logger.info("a worker is gone", metadata: ["worker": "\(gone.hello.name)"])
            peers.remove(worker)
        case .grant(let worker, let lease, let key):
            guard let job = jobs[key.job], let grant = job.grant(lease, key.ordinal) else { return }
            attempt(key.job) { try job.addProfile(peers[worker]?.hello.profile ?? "") }
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
    private func attempt(_ id: JobID, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            // The failure that is reported is the first one.
            if failing[id] == nil { failing[id] = JobRefusal(error).refused }
        }
    }

    private func stopFailingJobs() {
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

    private func scheduleCommit(_ job: JobRun) {
        if job.hasUncommitted, nextCommit == nil { nextCommit = now.advanced(by: Self.commitInterval) }
    }

    private func commit() {
        nextCommit = nil
        for job in jobs.running {
            attempt(job.id) { try job.commit() }
        }
        stopFailingJobs()
    }
}

// MARK: - Jobs and clients

extension CoordinatorDaemon {
    /// Opens the model on a thread of its own: hashing it can take seconds, and heartbeats must go on.
    private func prepare(_ request: JobRequest) {
        let notices = notices
        do {
            _ = try OSThread(name: "prepare") {
                notices.post(.prepared(request.prepared()))
            }
        } catch {
            answer(request, .failure(JobRefusal(error)))
        }
    }

    private func admit(_ request: JobRequest) {
        do {
            let (id, job, model) = try request.result()
            if jobs[id] == nil, !jobs.isCompleted(id) {
                if let finished = try JobPaths(output: job.output).finishedStatus(id, job) {
                    jobs.remember(finished)
                } else {
                    try start(id, job, model)
                }
            }
            answer(request, .success(id))
        } catch {
            answer(request, .failure(JobRefusal(error)))
        }
    }

    private func start(_ id: JobID, _ job: Job, _ model: ModelSummary) throws {
        let notices = notices
        let number = jobs.nextRun
        let run = try JobRun(id, job, model: model) { notices.post(.feed(id, run: number, $0)) }
        try ledger.accept(id, json: JobRequest.json(job))
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

    private func status(of job: JobID?) -> ClusterStatus {
        ClusterStatus(
            jobs: jobs.statuses.filter { job == nil || $0.id.digest.hasPrefix(job?.digest ?? "") },
            workers: peers.all.map {
                WorkerStatus(
                    name: $0.hello.name, lanes: $0.hello.lanes, profile: $0.hello.profile,
                    documents: scheduler.documentsHeld(by: $0.id))
            })
    }

    /// A job that all workers have refused says so in its status until a worker comes that may take it.
    private func updateStalls() {
        for job in jobs.running {
            let isStalled = scheduler.isRefusedByAll(job.id)
            job.setStall(
                isStalled
                    ? jobs.lastRefusal.map { .init(failure: $0, exitStatus: ExitStatus.badConfiguration) } : nil)
        }
    }
}

// MARK: - Sending

extension CoordinatorDaemon {
    /// An answer to a peer that is not a worker, or not yet. If it cannot be sent, the peer asks again.
    private func reply(_ message: CoordinatorMessage, to peer: Frame) {
        do {
            _ = try socket.send([peer] + FrameCoding.frames(of: message).map { Frame($0) })
        } catch {
            logger.warning("cannot answer", metadata: ["reason": "\(error)"])
        }
    }

    private func send(_ message: CoordinatorMessage, to id: WorkerID) {
        guard let worker = peers[id] else { return }
        let frames = [worker.routingID] + FrameCoding.frames(of: message).map { Frame($0) }
        peers.setOutbox(transmit(worker.outbox + [frames], to: worker), of: id)
    }

    private func retryOutboxes() {
        for id in peers.withOutbox {
            if let worker = peers[id] { peers.setOutbox(transmit(worker.outbox, to: worker), of: id) }
        }
    }

    /// Sends messages in their order while the socket takes them.
    /// - Returns: those that it did not take. To a worker whose connection is gone nothing more is sent: it says hello on
    ///   its next one, or its silence ends its leases.
    private func transmit(_ messages: [[Frame]], to worker: PeerTable.Worker) -> [[Frame]] {
        for (index, message) in messages.enumerated() {
            switch try? socket.send(message) {
            case .sent: continue
            case .wouldBlock: return Array(messages[index...])
            case .unreachable, nil: return []
            }
        }
        return []
    }
}

extension InputProblem {
    fileprivate init(_ failure: Failure) {
        self.init(Code(rawValue: failure.code) ?? .failed, failure.message)
    }
}

extension StepSummary {
    fileprivate init(_ outcome: StepOutcome) {
        self =
            switch outcome {
            case .documentFailed: .documentFailed
            case .output(let output):
                output.generated.map { .generated(tokens: $0.tokens.count, isFinished: $0.finish != nil) } ?? .read
            }
    }
}
