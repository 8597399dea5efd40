/// The scheduler: it decides which worker does which step of which document, and what happens with each result.
///
/// A state machine without I/O, clock or randomness. It takes an event and the time and returns a list of actions; the
/// daemon carries them out in order. A simulation drives it in the same way through loss, delay and crashes.
///
/// - A document has at most one lease, and a lease belongs to one worker. Results of other leases change nothing.
/// - A worker gets steps by credit, and each lane has an equal part of the credit. A worker gets a further document
///   while fewer of its documents than it has lanes still have steps to send. So each lane has one document to work on,
///   and its next document arrives before this one ends. Short documents and generating documents share a lane, up to
///   the worker's batch. Bytes in flight are limited, for each worker and for all.
/// - A worker is forgotten when it is silent for ``Limits/workerSilence``, or when one of its lanes computes for
///   ``Limits/laneSilence`` without progress. Its documents go to others.
/// - Documents go out in input order, lost documents before new ones.
/// - From time to time a result brings a snapshot (``SnapshotPolicy``). When it is durable, a lost document goes on
///   from it, on a worker of the same profile. If no such worker comes within ``Limits/profilePatience``, the document
///   starts again on another profile.
/// - A document is given up when three workers in a row are lost at its next step. The third has no other document, so
///   no other document can be the reason.
/// - When no other work is left, an idle worker takes a document from one that would need much longer.
public struct Scheduler: ~Copyable {
    struct JobProgress {
        var plan: StepPlan
        /// The place among all jobs: lower numbers come first.
        var place: Int
        /// The documents asked of the inputs that have neither begun nor been rejected.
        var awaited = 0
        /// The time when the inputs were last asked, or last gave something.
        var lastRead = Instant()
        var open = 0
        /// The open documents that workers hold.
        var held = 0
        var isExhausted = false
    }

    /// The number of snapshots that a document keeps. The last but one serves if the last cannot be read.
    public static let snapshotsKept = 2

    let epoch: UInt32
    let policy: SnapshotPolicy
    var serial: UInt32 = 0
    /// The time of the latest event.
    var now = Instant()
    var jobs: [JobID: JobProgress] = [:]
    var jobOrder: [JobID] = []
    var documents: [DocumentKey: DocumentProgress] = [:]
    /// The documents without a holder whose first step can be sent, in the order in which they go out.
    var waiting: [DocumentKey] = []
    /// The documents at which too many workers were lost, and the time of the last loss.
    var condemned: [DocumentKey: Instant] = [:]
    var workers: [WorkerID: WorkerSession] = [:]
    var laneCount = 0
    /// The earliest deadline of a worker. It is computed from all workers only when the deadline of that worker
    /// changes.
    var nextSilence: Instant?
    /// The workers for which something changed, so that they may get work.
    var hungry: Set<WorkerID> = []
    /// Whether something changed that may give work to any worker.
    var areAllHungry = false
    /// The workers that had room for another document when there was none.
    var idle: Set<WorkerID> = []
    /// Whether a document was added to those that wait, so that idle workers may get work.
    var hasMoreWaiting = false
    /// The worker whose heartbeat is the present event. Only then may it take a slow worker's document.
    var heard: WorkerID?
    /// The bytes of messages that steps in flight may cause, and of snapshots that are being written.
    var bytesInFlight = 0

    /// - Parameters:
    ///   - epoch: grows with every start of the coordinator; no two have the same.
    ///   - snapshots: the interval at which snapshots are taken.
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
            // Workers are sorted, because a dictionary has no fixed order: equal events must give equal actions.
            for worker in workers.filter({ $0.value.deadline <= now }).keys.sorted() {
                forget(worker, isSuspicious: true, &actions)
            }
            // A result may have moved the deadline of this tick.
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

    /// The number of documents that a worker holds.
    public func documentsHeld(by worker: WorkerID) -> Int {
        workers[worker]?.leases.count ?? 0
    }

    /// Whether there are workers and all have refused the job. It stands still until another worker comes.
    public func isRefusedByAll(_ job: JobID) -> Bool {
        !workers.isEmpty && workers.values.allSatisfy { $0.unfit.contains(job) }
    }
}
