import Jobs

/// The coordinator's decisions about its workers: who they are, what their messages mean, and what they do next.
///
/// A state machine without I/O, clock or randomness. It takes an event and the time and returns a list of actions; the
/// driver carries them out in order. The daemon drives it with ZeroMQ connections, and the simulation with connections
/// that break.
///
/// A session belongs to a connection. When a connection breaks, messages are lost that nobody sends again. So a worker
/// that comes back on a new connection is a new worker, whatever it calls itself.
public struct Coordinator<Connection: Hashable & Sendable>: ~Copyable {
    public typealias Event = CoordinatorEvent<Connection>
    public typealias Action = CoordinatorAction<Connection>
    public typealias Worker = PeerTable<Connection>.Worker

    private var scheduler: Scheduler
    private var peers = PeerTable<Connection>()
    private var actions: [Action] = []

    /// - Parameters:
    ///   - epoch: grows with every start of the coordinator; no two have the same.
    ///   - snapshots: the interval at which snapshots are taken.
    public init(epoch: UInt32, snapshots policy: SnapshotPolicy = SnapshotPolicy()) {
        scheduler = Scheduler(epoch: epoch, snapshots: policy)
    }

    // MARK: - The present state

    /// The next time at which a ``SchedulerEvent/tick`` changes anything.
    public var nextDeadline: Instant? { scheduler.nextDeadline }

    /// The connected workers, in the order in which they joined.
    public var workers: [Worker] { peers.all }

    /// - Returns: `nil` for a connection on which no worker has said hello.
    public func worker(on connection: Connection) -> Worker? { peers[connection] }

    public func worker(_ id: WorkerID) -> Worker? { peers[id] }

    /// The number of documents that a worker holds.
    public func documentsHeld(by worker: WorkerID) -> Int { scheduler.documentsHeld(by: worker) }

    /// Whether there are workers and all have refused the job.
    public func isRefusedByAll(_ job: JobID) -> Bool { scheduler.isRefusedByAll(job) }

    /// The step that a result must belong to. The driver checks results with it before it passes them on.
    /// - Returns: `nil` for a result that changes nothing.
    public func awaitedStep(of result: StepResult, by connection: Connection) -> AwaitedStep? {
        peers[connection].flatMap { scheduler.awaitedStep(result.number, of: result.lease, from: $0.id) }
    }

    // MARK: - Events

    /// Takes an event.
    /// - Returns: the actions to carry out, in order.
    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        defer { actions = [] }
        switch event {
        case .said(let message, let connection, let user, let misfit):
            if case .hello(let hello) = message {
                heard(hello, on: connection, of: user, now)
            } else if let worker = peers[connection] {
                heard(message, of: worker, misfit: misfit, now)
            } else {
                actions += [.count(.noSession, detail: message.summary), .rejoin(connection)]
            }
        case .unreachable(let worker):
            step(.workerLost(worker), now)
        case .barred(let worker):
            step(.workerLeft(worker), now)
        case .misfit(let worker, let problem):
            if let worker = peers[worker] {
                dismiss(worker, problem, now)
            } else {
                actions.append(.count(.misfitResult, detail: problem))
            }
        case .ready(let message, let lease, let worker):
            // A grant sent after its release would be held for good.
            if scheduler.document(of: lease, of: worker) != nil, let address = address(worker) {
                actions.append(.deliver(message, to: address))
            }
        case .progress(let event):
            step(event, now)
        }
        return actions
    }

    private mutating func heard(
        _ hello: PeerMessage.Hello, on connection: Connection, of user: String?, _ now: Instant
    ) {
        let isOneMore = peers[connection] == nil && !peers.knows(hello, of: user)
        if let refused = hello.refusal ?? (isOneMore && peers.count >= Limits.workers ? .crowded : nil) {
            return actions.append(.refuse(.badHello, refused, to: connection))
        }
        // A connection belongs to one worker: else one peer could fill the table.
        if let other = peers[connection], other.hello.instance != hello.instance { step(.workerLeft(other.id), now) }
        switch peers.hello(hello, from: connection, user: user) {
        case .repeated(let worker):
            step(.workerHeard(worker), now)
        case .outdated:
            actions.append(.count(.outdatedHello, detail: "attempt \(hello.attempt) of \(hello.name)"))
        case .joined(let worker, let replaced, let former):
            if let replaced { step(.workerLeft(replaced), now) }
            actions.append(.joined(worker, hello))
            step(
                .workerJoined(
                    worker, lanes: hello.lanes, batch: hello.batch, credit: hello.credit,
                    rowsPerPass: hello.rowsPerPass, stateBytes: hello.stateBytes, profile: hello.profile,
                    formerly: former), now)
        }
    }

    /// - Parameter message: a message of a session, so not a hello.
    private mutating func heard(_ message: PeerMessage, of worker: Worker, misfit: String?, _ now: Instant) {
        switch message {
        case .hello, .submit, .status:
            break
        case .heartbeat(let heartbeat):
            step(.workerHeard(worker.id, progress: heartbeat.progress), now)
        case .drain:
            actions.append(.drains(worker.hello))
            step(.workerDrains(worker.id), now)
        case .goodbye:
            step(.workerLeft(worker.id), now)
        case .refusal(let refusal):
            let job = scheduler.document(of: refusal.lease, of: worker.id)?.job
            actions.append(.refused(refusal, job: job, by: worker.hello))
            switch refusal.subject {
            case .job: step(.leaseRefused(worker.id, refusal.lease), now)
            case .snapshot: step(.snapshotRefused(worker.id, refusal.lease), now)
            }
        case .handback(let handback):
            step(
                .leaseReturned(
                    worker.id, handback.lease, steps: handback.nextStep, hasSnapshot: handback.snapshot != nil),
                now, Brought(snapshot: handback.snapshot, sender: worker.id))
        case .result(let result):
            if let misfit { return dismiss(worker, misfit, now) }
            let awaited = scheduler.awaitedStep(result.number, of: result.lease, from: worker.id)
            step(
                .stepFinished(
                    worker.id, result.lease, number: result.number, StepSummary(result.outcome),
                    hasSnapshot: result.snapshot != nil),
                now,
                Brought(
                    outcome: result.outcome, tokensRead: awaited?.work.tokensToRead ?? 0, snapshot: result.snapshot,
                    sender: worker.id))
        }
    }

    /// Sends away a worker whose result does not fit its step. Others do its documents, and no document is blamed.
    private mutating func dismiss(_ worker: Worker, _ problem: String, _ now: Instant) {
        step(.workerLeft(worker.id), now)
        let failure = Failure(code: "misfit_result", message: "\(worker.hello.name): \(problem)")
        actions.append(
            .refuse(.misfitResult, .init(failure: failure, reason: .badData), to: worker.connection))
    }

    // MARK: - The scheduler's actions

    /// The payload of a message, which the scheduler does not need for its decision.
    private struct Brought {
        var outcome: StepOutcome?
        /// The tokens that the result's step has read.
        var tokensRead = 0
        var snapshot: FrameBytes?
        var sender: WorkerID?
    }

    private mutating func step(_ event: SchedulerEvent, _ now: Instant, _ brought: Brought = Brought()) {
        for action in scheduler.handle(event, at: now) {
            if let action = complete(action, brought) { actions.append(action) }
        }
    }

    private func address(_ worker: WorkerID) -> Action.Address? {
        peers[worker].map { Action.Address(id: worker, connection: $0.connection) }
    }

    /// A scheduler's action, completed by its payload and its address.
    /// - Returns: `nil` for a message to a worker that another has replaced.
    private mutating func complete(_ action: SchedulerAction, _ brought: Brought) -> Action? {
        switch action {
        case .record(let key, let lease):
            guard case .output(let output) = brought.outcome else {
                preconditionFailure("the scheduler records what no message brought: \(key)")
            }
            return .record(key, lease, output, tokensRead: brought.tokensRead)
        case .keepSnapshot(let key, let lease, let point):
            guard let snapshot = brought.snapshot, let sender = brought.sender else {
                preconditionFailure("the scheduler keeps a snapshot that no message brought: \(key)")
            }
            return .keepSnapshot(key, lease, point, snapshot, from: sender)
        case .discardSnapshot(let key, let point): return .discardSnapshot(key, point)
        case .countLate(let lease): return .count(.lateResult, detail: "\(lease)")
        case .completeDocument(let key): return .completeDocument(key)
        case .failDocument(let key):
            guard case .documentFailed(let failure) = brought.outcome else {
                preconditionFailure("the scheduler lets a document fail that no message failed: \(key)")
            }
            return .failDocument(key, failure)
        case .giveUpDocument(let key, let failure): return .failDocument(key, failure)
        case .restartDocument(let key, let point): return .restartDocument(key, from: point)
        case .openDocuments(let job, let count): return .openDocuments(job, count: count)
        case .completeJob(let job): return .completeJob(job)
        case .welcome(let worker): return address(worker).map { .welcome($0) }
        case .heartbeat(let worker): return address(worker).map { .heartbeat($0) }
        case .release(let worker, let lease): return .release(address(worker), lease)
        case .grant(let worker, let lease, let key, let point):
            return peers[worker].map {
                .grant(
                    .init(id: worker, connection: $0.connection), lease, key, profile: $0.hello.profile, from: point)
            }
        case .sendStep(let worker, let lease, let key, let number, let work, let wantsSnapshot):
            return address(worker).map {
                .sendStep($0, lease, key, number: number, work, wantsSnapshot: wantsSnapshot)
            }
        case .forget(let worker):
            let hello = peers[worker]?.hello
            peers.lose(worker)
            return .forget(worker, hello: hello)
        }
    }
}

extension PeerMessage.Hello {
    /// The reason why the numbers of a hello are impossible; `nil` if they are possible.
    fileprivate var refusal: CoordinatorMessage.Refused? {
        let isPossible =
            (1...Limits.lanesPerWorker).contains(lanes) && (1...Limits.largestBatch).contains(batch)
            && (1...(Limits.largestBatch + 1) * lanes).contains(credit)
            && (1...Limits.largestPass).contains(rowsPerPass) && (0...Limits.largestCount).contains(stateBytes)
        guard !isPossible else { return nil }
        let message =
            "a worker cannot have \(lanes) lanes, batches of \(batch), \(credit) steps in hand, passes of "
            + "\(rowsPerPass) tokens and \(stateBytes) bytes of states"
        return .init(failure: Failure(code: "hello", message: message), reason: .badMessage)
    }
}

extension CoordinatorMessage.Refused {
    fileprivate static var crowded: CoordinatorMessage.Refused {
        let message = "\(Limits.workers) workers are here already, and this coordinator takes no more"
        return .init(failure: Failure(code: "too_many_workers", message: message), reason: .tryAgain)
    }
}
