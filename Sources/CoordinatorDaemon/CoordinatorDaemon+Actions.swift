import Coordination
import JobRuns
import Jobs
import Logging
import ZeroMQ

/// The execution of the state machine's actions.
extension CoordinatorDaemon {
    func step(_ event: CoordinatorEvent<Frame>) {
        let actions = coordinator.handle(event, at: now)
        CrashPoint.pass(.eventStepped)
        for action in actions {
            CrashPoint.pass(before: action)
            perform(action)
            CrashPoint.pass(after: action)
        }
        stepOn()
    }

    /// Passes the events that follow from its actions to the state machine.
    func stepOn() {
        while !following.isEmpty { step(following.removeFirst()) }
    }

    private func perform(_ action: CoordinatorAction<Frame>) {
        switch action {
        case .record(let key, _, let output, let tokensRead):
            jobs.update(key.job) { $0.recorded(output, of: key.ordinal) }
            tell(key.job, .record(key.ordinal, output, tokensRead: tokensRead))
        case .keepSnapshot(let key, let lease, let point, let bytes, let sender):
            tell(key.job, .keepSnapshot(key.ordinal, lease, point, bytes, from: sender))
        case .discardSnapshot(let key, let point):
            logger.warning(
                "a snapshot cannot be used", metadata: ["document": "\(key)", "token": "\(point.tokens)"])
            tell(key.job, .discardSnapshot(key.ordinal, point))
        case .completeDocument(let key):
            jobs.update(key.job) { $0.closed(key.ordinal) }
            tell(key.job, .complete(key.ordinal))
        case .failDocument(let key, let failure):
            jobs.update(key.job) { $0.closed(key.ordinal) }
            tell(key.job, .fail(key.ordinal, failure))
        case .restartDocument(let key, let point):
            tell(key.job, .restart(key.ordinal, from: point))
        case .openDocuments(let id, let count):
            tell(id, .openDocuments(count))
        case .completeJob(let id):
            tell(id, .end)
        case .welcome(let worker):
            send(.welcome, to: worker)
        case .heartbeat(let worker):
            send(.heartbeat, to: worker)
        case .grant(let worker, let lease, let key, let profile, let point):
            tell(key.job, .grant(worker.id, lease, key.ordinal, profile: profile, from: point))
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            tell(key.job, .step(worker.id, lease, key.ordinal, number: number, work, wantsSnapshot: wantsSnapshot))
        case .deliver(let message, let worker):
            send(message, to: worker)
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
            updateStalls()
        case .refused(let refusal, let job, let hello):
            refused(refusal, job, by: hello)
        }
    }

    private func refused(_ refusal: PeerMessage.Refusal, _ job: JobID?, by hello: PeerMessage.Hello) {
        let subject = refusal.subject == .job ? "a job" : "a snapshot"
        logger.warning(
            "a worker refused \(subject)", metadata: ["worker": "\(hello.name)", "reason": "\(refusal.failure)"])
        guard refusal.subject == .job, let job else { return }
        jobs.update(job) { $0.refused(refusal.failure, by: hello.name) }
        updateStalls()
    }

    private func tell(_ job: JobID, _ command: JobCommand) {
        if jobs.number(of: job) != nil { commands.append(.carryOut(job, command)) }
    }
}
