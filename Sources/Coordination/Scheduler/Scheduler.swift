/// Which worker does which step of which document, and what becomes of what comes back.
///
/// A machine without I/O, clock or randomness: an event and the time go in, a list of actions comes out, and the
/// daemon carries them out in their order. A simulation drives it through loss, delay and crashes by the same door.
///
/// - A document is held by at most one lease, a lease by one worker. Results of other leases change nothing.
/// - A worker gets steps by credit, of which each lane has an equal part. It gets a further document while fewer of its documents than it has lanes still
///   have steps to send: so each lane has one document to work on, and its next one arrives while it ends this one.
/// - A worker that is silent for ``Limits/workerSilence`` is forgotten and its documents go to others.
/// - Documents go out in input order, those that were lost before new ones.
/// - A document that was lost goes to a worker of the profile that it began on, as long as one is there that may take it.
public struct Scheduler: ~Copyable {
    private struct JobProgress {
        var plan: StepPlan
        /// Documents asked of the inputs that have neither begun nor been rejected.
        var awaited = 0
        var open = 0
        var isExhausted = false
    }

    private let epoch: UInt32
    private var serial: UInt32 = 0
    private var jobs: [JobID: JobProgress] = [:]
    private var jobOrder: [JobID] = []
    private var documents: [DocumentKey: DocumentProgress] = [:]
    /// Documents without a holder whose first step can be sent, in the order in which they go out.
    private var waiting: [DocumentKey] = []
    private var workers: [WorkerID: WorkerSession] = [:]
    private var laneCount = 0

    /// - Parameter epoch: grows with every start of the coordinator; no two have the same.
    public init(epoch: UInt32) {
        self.epoch = epoch
    }

    /// The next time at which a ``SchedulerEvent/tick`` changes anything.
    public var nextDeadline: Instant? {
        workers.values.map(\.deadline).min()
    }

    public mutating func handle(_ event: SchedulerEvent, at now: Instant) -> [SchedulerAction] {
        var actions: [SchedulerAction] = []
        switch event {
        case .jobAdmitted, .jobStopped, .inputsExhausted:
            handleJob(event, &actions)
        case .documentOpened, .documentRejected, .tokensRead, .documentAbandoned:
            handleDocument(event, &actions)
        case .workerJoined, .workerHeard, .workerLeft, .leaseRefused, .stepFinished:
            handleWorker(event, at: now, &actions)
        case .tick:
            // In an order of their own, not the dictionary's: the same events have the same actions.
            for worker in workers.filter({ $0.value.deadline <= now }).keys.sorted() {
                forget(worker, &actions)
            }
        }
        feedWorkers(&actions)
        askForDocuments(&actions)
        return actions
    }

    /// Documents that a worker holds, for people who ask.
    public func documentsHeld(by worker: WorkerID) -> Int {
        workers[worker]?.leases.count ?? 0
    }

    /// Whether there are workers, and all have refused the job: it stands still until another one comes.
    public func isRefusedByAll(_ job: JobID) -> Bool {
        !workers.isEmpty && workers.values.allSatisfy { $0.unfit.contains(job) }
    }
}

// MARK: - Jobs and documents

extension Scheduler {
    private mutating func handleJob(_ event: SchedulerEvent, _ actions: inout [SchedulerAction]) {
        switch event {
        case .jobAdmitted(let job, let plan) where jobs[job] == nil:
            jobs[job] = JobProgress(plan: plan)
            jobOrder.append(job)
        case .jobStopped(let job) where jobs[job] != nil:
            for document in documents.keys.filter({ $0.job == job }).sorted() {
                close(document, &actions)
            }
            removeJob(job)
        case .inputsExhausted(let job) where jobs[job] != nil:
            jobs[job]?.isExhausted = true
            jobs[job]?.awaited = 0
            completeIfDone(job, &actions)
        default:
            break
        }
    }

    private mutating func handleDocument(_ event: SchedulerEvent, _ actions: inout [SchedulerAction]) {
        switch event {
        case .documentOpened(let key, let ownPlan):
            guard let plan = jobs[key.job]?.plan, documents[key] == nil else { return }
            documents[key] = DocumentProgress(plan: ownPlan ?? plan)
            jobs[key.job]?.awaited -= 1
            jobs[key.job]?.open += 1
        case .documentRejected(let key):
            jobs[key.job]?.awaited -= 1
        case .tokensRead(let key, let total, let isComplete):
            guard documents[key] != nil else { return }
            documents[key]?.tokensRead(total: total, isComplete: isComplete)
            enqueueIfReady(key)
        case .documentAbandoned(let key):
            close(key, &actions)
            completeIfDone(key.job, &actions)
        default:
            break
        }
    }

    private mutating func enqueueIfReady(_ key: DocumentKey) {
        guard let document = documents[key], document.holder == nil, document.nextStep != nil else { return }
        let rank = rank(of: key)
        let place = waiting.firstIndex { self.rank(of: $0) >= rank } ?? waiting.endIndex
        if place == waiting.endIndex || waiting[place] != key {
            waiting.insert(key, at: place)
        }
    }

    private func rank(of key: DocumentKey) -> (Int, Int) {
        (jobOrder.firstIndex(of: key.job) ?? jobOrder.endIndex, key.ordinal)
    }

    /// Takes a document out of the scheduler, finished or not.
    private mutating func close(_ key: DocumentKey, _ actions: inout [SchedulerAction]) {
        guard let document = documents.removeValue(forKey: key) else { return }
        waiting.removeAll { $0 == key }
        jobs[key.job]?.open -= 1
        if let holder = document.holder {
            workers[holder.worker]?.released(holder.lease, stepsInFlight: document.stepsInFlight)
            actions.append(.release(holder.worker, holder.lease))
        }
    }

    private mutating func completeIfDone(_ job: JobID, _ actions: inout [SchedulerAction]) {
        guard let progress = jobs[job], progress.isExhausted, progress.open == 0 else { return }
        removeJob(job)
        actions.append(.completeJob(job))
    }

    private mutating func removeJob(_ job: JobID) {
        jobs[job] = nil
        jobOrder.removeAll { $0 == job }
        for worker in workers.keys {
            workers[worker]?.ended(job)
        }
    }

    /// Keeps the inputs read so far ahead that workers need not wait, and no farther.
    private mutating func askForDocuments(_ actions: inout [SchedulerAction]) {
        // A job that all refuse stands still; what is open of it must not keep the jobs after it waiting.
        let moving = jobOrder.filter { !isRefusedByAll($0) }
        let outstanding = moving.reduce(0) { $0 + (jobs[$1].map { $0.open + $0.awaited } ?? 0) }
        let wanted = Limits.documentsAhead + 2 * laneCount - outstanding
        // Asking in portions keeps the messages few when documents are short and many.
        guard wanted >= Limits.documentsAhead / 4, let job = moving.first(where: { jobs[$0]?.isExhausted == false })
        else { return }
        jobs[job]?.awaited += wanted
        actions.append(.openDocuments(job, count: wanted))
    }
}

// MARK: - Workers

extension Scheduler {
    private mutating func handleWorker(
        _ event: SchedulerEvent, at now: Instant, _ actions: inout [SchedulerAction]
    ) {
        switch event {
        case .workerJoined(let worker, let lanes, let credit, let profile):
            precondition(workers[worker] == nil, "worker numbers are given once")
            workers[worker] = WorkerSession(lanes: lanes, credit: credit, profile: profile, now: now)
            laneCount += lanes
            actions.append(.welcome(worker))
        case .workerHeard(let worker):
            guard workers[worker] != nil else { return }
            workers[worker]?.lastHeard = now
            actions.append(.heartbeat(worker))
        case .workerLeft(let worker):
            forget(worker, &actions)
        case .leaseRefused(let worker, let lease):
            workers[worker]?.lastHeard = now
            guard let key = document(of: lease, heldBy: worker) else { return actions.append(.countLate(lease)) }
            workers[worker]?.refused(key.job)
            for held in workers[worker]?.leases ?? [] where held.document.job == key.job {
                takeBack(held.document, &actions)
                actions.append(.release(worker, held.lease))
            }
        case .stepFinished(let worker, let lease, let number, let summary):
            workers[worker]?.lastHeard = now
            stepFinished(worker, lease, number, summary, &actions)
        default:
            break
        }
    }

    private func document(of lease: LeaseID, heldBy worker: WorkerID) -> DocumentKey? {
        workers[worker]?.leases.first { $0.lease == lease }?.document
    }

    private mutating func stepFinished(
        _ worker: WorkerID, _ lease: LeaseID, _ number: Int, _ summary: StepSummary, _ actions: inout [SchedulerAction]
    ) {
        guard let key = document(of: lease, heldBy: worker),
            let result = documents[key]?.resultArrived(number: number, summary), result != .unexpected
        else { return actions.append(.countLate(lease)) }
        if result != .failed {
            // A failed document's steps are taken off all at once when it is closed.
            workers[worker]?.resultArrived()
            actions.append(.record(key, lease))
        }
        switch result {
        case .recorded, .unexpected:
            break
        case .completed:
            actions.append(.completeDocument(key))
            close(key, &actions)
            completeIfDone(key.job, &actions)
        case .failed:
            actions.append(.failDocument(key))
            close(key, &actions)
            completeIfDone(key.job, &actions)
        }
    }

    private mutating func forget(_ worker: WorkerID, _ actions: inout [SchedulerAction]) {
        guard let session = workers[worker] else { return }
        for held in session.leases {
            takeBack(held.document, &actions)
        }
        workers[worker] = nil
        laneCount -= session.lanes
        actions.append(.forget(worker))
    }

    /// Frees a document from its holder; it starts again with another.
    private mutating func takeBack(_ key: DocumentKey, _ actions: inout [SchedulerAction]) {
        guard let document = documents[key], let holder = document.holder else { return }
        workers[holder.worker]?.released(holder.lease, stepsInFlight: document.stepsInFlight)
        documents[key]?.lost()
        actions.append(.restartDocument(key))
        enqueueIfReady(key)
    }

    /// Gives steps out, one at a time to the worker with the least in hand for its lanes, while anyone can take one.
    private mutating func feedWorkers(_ actions: inout [SchedulerAction]) {
        var candidates = workers.filter { $0.value.hasCredit }.map(\.key)
        while !candidates.isEmpty {
            candidates.sort { load(of: $0) < load(of: $1) }
            candidates = candidates.filter { feed($0, &actions) && workers[$0]?.hasCredit == true }
        }
    }

    /// Steps in flight per lane; workers with the same go in the order in which they joined.
    private func load(of worker: WorkerID) -> (Double, WorkerID) {
        guard let session = workers[worker] else { return (.infinity, worker) }
        return (Double(session.stepsInFlight) / Double(session.lanes), worker)
    }

    /// Sends one step to a worker: of a document that it holds or, while a lane has room, of a new one.
    /// - Returns: whether there was one.
    private mutating func feed(_ worker: WorkerID, _ actions: inout [SchedulerAction]) -> Bool {
        guard let session = workers[worker] else { return false }
        var unsent = 0
        for held in session.leases {
            guard let document = documents[held.document] else { continue }
            if document.stepsInFlight < session.stepsPerDocument, let step = document.nextStep {
                send(step, of: held.document, held.lease, to: worker, &actions)
                return true
            }
            unsent += document.hasUnsentSteps ? 1 : 0
        }
        guard unsent < session.lanes,
            let place = waiting.firstIndex(where: { mayTake($0, session) }),
            let step = documents[waiting[place]]?.nextStep
        else { return false }
        let key = waiting.remove(at: place)
        serial += 1
        let lease = LeaseID(epoch: epoch, serial: serial)
        documents[key]?.granted(to: .init(worker: worker, lease: lease), profile: session.profile)
        workers[worker]?.granted(lease, key)
        actions.append(.grant(worker, lease, key))
        send(step, of: key, lease, to: worker, &actions)
        return true
    }

    /// Whether a document may go to a worker: one that was lost stays on its profile if anybody there has it.
    private func mayTake(_ key: DocumentKey, _ session: WorkerSession) -> Bool {
        if session.unfit.contains(key.job) { return false }
        guard let profile = documents[key]?.profile, profile != session.profile else { return true }
        return !workers.values.contains { $0.profile == profile && !$0.unfit.contains(key.job) }
    }

    private mutating func send(
        _ step: (number: Int, work: StepPlan.Work), of key: DocumentKey, _ lease: LeaseID, to worker: WorkerID,
        _ actions: inout [SchedulerAction]
    ) {
        documents[key]?.sent(step.work)
        workers[worker]?.stepSent()
        actions.append(.sendStep(worker, lease, key, number: step.number, step.work))
    }
}
