import Coordination
import Documents
import Jobs
import Logging
import ZeroMQ

/// What arrives: messages of workers and clients, notices of other threads.
extension CoordinatorDaemon {
    func receiveMessages() throws {
        for _ in 0..<Self.messagesPerRound {
            do throws(ZeroMQError) {
                guard let message = try socket.receive() else { return }
                handle(message)
            } catch {
                guard error.code == .messageTooLong else { throw error }
                count(.tooManyFrames, "\(error)")
            }
        }
    }

    func handle(_ message: ReceivedMessage) {
        CrashPoint.pass(.messageReceived)
        let connection = tcpGate?.received(message)
        guard let peer = message.frames.first, let said = admitted(message, from: peer) else { return }
        handle(said, from: peer, user: message.userID)
        if case .hello = said, peers[peer] != nil, let connection { tcpGate?.admit(connection) }
    }

    func handle(_ message: PeerMessage, from peer: Frame, user: String?) {
        switch message {
        case .hello(let hello):
            handle(hello, from: peer, user: user)
        case .submit(let submission):
            if let problem = submission.job.problem {
                return refuse(.badJob, Self.refused("bad_job", problem, ExitStatus.badData), to: peer)
            }
            take(JobRequest(job: submission.job, client: peer, rerun: submission.rerun))
        case .status(let request):
            reply(.status(status(of: request.job)), to: peer)
        case .heartbeat, .result, .refusal, .drain, .handback, .goodbye:
            guard let worker = peers[peer] else {
                if case .result = message { jobs.countLate() }
                count(.noSession, "\(message.summary)")
                return reply(.rejoin, to: peer)
            }
            handle(message, from: worker)
        }
    }

    func handle(_ hello: PeerMessage.Hello, from peer: Frame, user: String?) {
        guard (1...Limits.lanesPerWorker).contains(hello.lanes), (1...Limits.largestBatch).contains(hello.batch),
            (1...(Limits.largestBatch + 1) * hello.lanes).contains(hello.credit)
        else {
            let message =
                "a worker cannot have \(hello.lanes) lanes, batches of \(hello.batch) and \(hello.credit) steps in hand"
            return refuse(.badHello, Self.refused("hello", message, ExitStatus.usage), to: peer)
        }
        guard peers.all.count < Limits.workers || peers[peer] != nil else {
            let message = "\(Limits.workers) workers are here already, and this coordinator takes no more"
            return refuse(.badHello, Self.refused("too_many_workers", message, ExitStatus.tryAgain), to: peer)
        }
        // A connection is one worker's: else one peer could fill the table.
        if let other = peers[peer], other.hello.instance != hello.instance { step(.workerLeft(other.id)) }
        switch peers.hello(hello, from: peer, user: user) {
        case .repeated(let worker):
            step(.workerHeard(worker))
        case .outdated:
            count(.outdatedHello, "attempt \(hello.attempt) of \(hello.name)")
        case .joined(let worker, let replaced, let former):
            if let replaced { step(.workerLeft(replaced)) }
            logger.info("a worker joined", metadata: ["worker": "\(hello.name)", "lanes": "\(hello.lanes)"])
            step(
                .workerJoined(
                    worker, lanes: hello.lanes, batch: hello.batch, credit: hello.credit, profile: hello.profile,
                    formerly: former))
            updateStalls()
        }
    }

    func handle(_ message: PeerMessage, from worker: PeerTable.Worker) {
        switch message {
        case .heartbeat(let heartbeat):
            step(.workerHeard(worker.id, progress: heartbeat.progress))
        case .drain:
            logger.info("a worker is about to leave", metadata: ["worker": "\(worker.hello.name)"])
            step(.workerDrains(worker.id))
        case .handback(let handback):
            step(
                .leaseReturned(
                    worker.id, handback.lease, steps: handback.nextStep, hasSnapshot: handback.snapshot != nil),
                Brought(snapshot: handback.snapshot, sender: worker.id))
        case .goodbye:
            step(.workerLeft(worker.id))
        case .result(let result):
            if let problem = problem(of: result, from: worker.id) { return dismiss(worker, problem) }
            let tokens = scheduler.awaitedStep(result.number, of: result.lease, from: worker.id)?.work.tokensToRead ?? 0
            let event = SchedulerEvent.stepFinished(
                worker.id, result.lease, number: result.number, StepSummary(result.outcome),
                hasSnapshot: result.snapshot != nil)
            step(event, Brought(result: result, tokensRead: tokens, snapshot: result.snapshot, sender: worker.id))
        case .refusal(let refusal) where refusal.subject == .snapshot:
            logger.warning(
                "a worker refused a snapshot",
                metadata: ["worker": "\(worker.hello.name)", "reason": "\(refusal.failure)"])
            step(.snapshotRefused(worker.id, refusal.lease))
        case .refusal(let refusal):
            logger.warning(
                "a worker refused a job",
                metadata: ["worker": "\(worker.hello.name)", "reason": "\(refusal.failure)"])
            let (code, message) = (refusal.failure.code, refusal.failure.message)
            jobs.lastRefusal = Failure(code: code, message: "worker \(worker.hello.name): \(message)")
            step(.leaseRefused(worker.id, refusal.lease))
            updateStalls()
        case .hello, .submit, .status:
            break
        }
    }

    func handle(_ notice: Notice) {
        switch notice {
        case .stop:
            isStopping = true
        case .prepared(let request, let outcome):
            admit(request, outcome)
        case .snapshot(let snapshot, let outcome):
            snapshotEnded(snapshot, outcome)
        case .completed(let id, let run):
            if jobs[id, run: run] != nil { complete(id) }
            stopFailingJobs()
        case .allow(let list):
            use(list)
        case .turnedAway(let refusal, let address):
            turnedAway(refusal, address)
        case .shutOut(let refusal):
            shutOut(refusal)
        case .feed(let id, let run, let event):
            guard let job = jobs[id, run: run] else { return }
            var followUp: SchedulerEvent?
            if case .waiting(let lack) = event {
                let reason = lack.map { "\($0)" } ?? "it goes on"
                logger.warning("reading inputs waits", metadata: ["job": "\(id)", "reason": "\(reason)"])
            }
            attempt(id) { followUp = try job.handle(event) }
            if let followUp { step(followUp) } else { stopFailingJobs() }
            scheduleCommit(job)
        }
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
