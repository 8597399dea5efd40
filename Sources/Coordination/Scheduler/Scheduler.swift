/// Which worker does which step of which document, and what becomes of what comes back.
///
/// A machine without I/O, clock or randomness: an event and the time go in, a list of actions comes out, and the
/// daemon carries them out in their order. A simulation drives it through loss, delay and crashes by the same door.
///
/// - A document is held by at most one lease, a lease by one worker. Results of other leases change nothing.
/// - A worker gets steps by credit, of which each lane has an equal part. It gets a further document while fewer of its
///   documents than it has lanes still have steps to send: so each lane has one document to work on, and its next one
///   arrives while it ends this one. Short documents, and documents that generate, share a lane up to the worker's
///   batch. Bytes in flight are capped, for each worker and for all.
/// - A worker that is silent for ``Limits/workerSilence``, or one of whose lanes computes for ``Limits/laneSilence``
///   without getting on, is forgotten and its documents go to others.
/// - Documents go out in input order, those that were lost before new ones.
/// - From time to time the state of a document comes with a result (``SnapshotPolicy``). Once that is durable, a
///   document that is lost goes on from there, on a worker of the same profile; without one for
///   ``Limits/profilePatience``, it starts again on another.
/// - A document whose next step ends three workers one after the other is given up; the third has nothing else in hand,
///   so that no other document can be the reason.
/// - When nothing is left to give out, an idle worker takes a document from one that would take much longer.
public struct Scheduler: ~Copyable {
    struct JobProgress {
        var plan: StepPlan
        /// Among all jobs: those with lower numbers come first.
        var place: Int
        /// Documents asked of the inputs that have neither begun nor been rejected.
        var awaited = 0
        /// When the inputs were asked, or something came of them.
        var lastRead = Instant()
        var open = 0
        /// Of those that are open.
        var held = 0
        var isExhausted = false
    }

    /// Snapshots of a document that are kept: the one before the last is for the case that the last cannot be read.
    public static let snapshotsKept = 2

    let epoch: UInt32
    let policy: SnapshotPolicy
    var serial: UInt32 = 0
    /// Of the latest event.
    var now = Instant()
    var jobs: [JobID: JobProgress] = [:]
    var jobOrder: [JobID] = []
    var documents: [DocumentKey: DocumentProgress] = [:]
    /// Documents without a holder whose first step can be sent, in the order in which they go out.
    var waiting: [DocumentKey] = []
    /// Documents at which too many workers were lost, and when the last of them was.
    var condemned: [DocumentKey: Instant] = [:]
    var workers: [WorkerID: WorkerSession] = [:]
    var laneCount = 0
    /// The earliest deadline of a worker: looked for among all only when that one's changes.
    var nextSilence: Instant?
    /// Workers of which something changed, so that there may be something for them.
    var hungry: Set<WorkerID> = []
    /// Something changed that may be of use to any of them.
    var areAllHungry = false
    /// Workers that had room for another document when there was none.
    var idle: Set<WorkerID> = []
    /// There may be one now.
    var hasMoreWaiting = false
    /// Who is heard with this event: the moment at which it may take a slow worker's document.
    var heard: WorkerID?
    /// Bytes of messages that steps in flight may cause, and of snapshots that are being written.
    var bytesInFlight = 0

    /// - Parameters:
    ///   - epoch: grows with every start of the coordinator; no two have the same.
    ///   - snapshots: how often the state of a document is written down.
    public init(epoch: UInt32, snapshots policy: SnapshotPolicy = SnapshotPolicy()) {
        self.epoch = epoch
        self.policy = policy
    }

    /// The next time at which a ``SchedulerEvent/tick`` changes anything.
    public var nextDeadline: Instant? {
        let patience = waiting.compactMap { documents[$0]?.lostAt?.advanced(by: Limits.profilePatience) }
        let returns = condemned.values.map { $0.advanced(by: Limits.returnPatience) }
        return ((nextSilence.map { [$0] } ?? []) + returns + patience.filter { $0 > now }).min()
    }

    public mutating func handle(_ event: SchedulerEvent, at now: Instant) -> [SchedulerAction] {
        self.now = now
        heard = if case .workerHeard(let worker, _) = event { worker } else { nil }
        let wasFull = bytesInFlight >= Limits.bytesInFlight
        var actions: [SchedulerAction] = []
        switch event {
        case .jobAdmitted(let job, let plan, let place):
            admit(job, plan, place)
        case .jobStopped(let job):
            stop(job, &actions)
        case .inputsExhausted(let job):
            exhausted(job, &actions)
        case .documentOpened(let key, let plan, let resumption):
            opened(key, plan, resumption)
        case .documentRejected(let key):
            rejected(key)
        case .tokensRead(let key, let total, let isComplete, let textEnds):
            tokensRead(key, total: total, isComplete: isComplete, textEnds)
        case .documentAbandoned(let key):
            close(key, &actions)
            completeIfDone(key.job, &actions)
        case .snapshotWritten(let key, let point):
            snapshotEnded(key, point, isDurable: true, &actions)
        case .snapshotLost(let key, let point):
            snapshotEnded(key, point, isDurable: false, &actions)
        case .workerJoined(
            let worker, let lanes, let batch, let credit, let rowsPerPass, let stateBytes, let profile, let former):
            let session = WorkerSession(
                lanes: lanes, batch: batch, credit: credit, rowsPerPass: rowsPerPass, mostStateBytes: stateBytes,
                profile: profile, now: now)
            joined(worker, session, formerly: former, &actions)
        case .workerHeard(let worker, let progress):
            guard workers[worker] != nil else { break }
            hear(worker, progress)
            actions.append(.heartbeat(worker))
        case .workerLeft(let worker):
            forget(worker, isSuspicious: false, &actions)
        case .workerLost(let worker):
            forget(worker, isSuspicious: true, &actions)
        case .workerDrains(let worker):
            hear(worker)
            workers[worker]?.isDraining = true
        case .leaseRefused(let worker, let lease):
            leaseRefused(worker, lease, &actions)
        case .snapshotRefused(let worker, let lease):
            snapshotRefused(worker, lease, &actions)
        case .leaseReturned(let worker, let lease, let steps, let hasSnapshot):
            leaseReturned(worker, lease, steps: steps, hasSnapshot: hasSnapshot, &actions)
        case .stepFinished(let worker, let lease, let number, let summary, let hasSnapshot):
            stepFinished(worker, lease, number, summary, hasSnapshot: hasSnapshot, &actions)
        case .tick:
            // In an order of their own, not the dictionary's: the same events have the same actions.
            for worker in workers.filter({ $0.value.deadline <= now }).keys.sorted() {
                forget(worker, isSuspicious: true, &actions)
            }
            // A result may have moved the deadline that this tick was for.
            findNextSilence()
            giveUpCondemned(&actions)
            areAllHungry = true
        }
        if wasFull, bytesInFlight < Limits.bytesInFlight { areAllHungry = true }
        feedWorkers(&actions)
        askForDocuments(&actions)
        return actions
    }

    /// - Returns: `nil` if the lease has ended, or is another worker's.
    func document(of lease: LeaseID, of worker: WorkerID) -> DocumentKey? {
        workers[worker]?.leases.first { $0.lease == lease }?.document
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
