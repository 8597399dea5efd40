import Coordination
import Jobs

/// A scheduler and the moment at which it is told things, so that a test reads as the story it tells.
/// A class, because expectations copy what they look at, and a scheduler is not copied.
final class DrivenScheduler {
    private var scheduler: Scheduler
    private(set) var now = Instant()

    init(epoch: UInt32 = 1, snapshots: SnapshotPolicy = SnapshotPolicy()) {
        scheduler = Scheduler(epoch: epoch, snapshots: snapshots)
    }

    var nextDeadline: Instant? { scheduler.nextDeadline }

    func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
    }

    @discardableResult
    func tell(_ event: SchedulerEvent) -> [SchedulerAction] {
        scheduler.handle(event, at: now)
    }

    @discardableResult
    func admit(_ plan: StepPlan = .chunks, as job: JobID = .first) -> [SchedulerAction] {
        tell(.jobAdmitted(job, plan))
    }

    /// Opens a document and reads it to its end.
    @discardableResult
    func open(_ ordinal: Int, tokens: Int, of job: JobID = .first) -> [SchedulerAction] {
        let key = DocumentKey(job: job, ordinal: ordinal)
        return tell(.documentOpened(key)) + tell(.tokensRead(key, total: tokens, isComplete: true))
    }

    @discardableResult
    func join(
        _ worker: WorkerID, lanes: Int = 1, batch: Int = 1, credit: Int = 2, rowsPerPass: Int = 256,
        stateBytes: Int = Limits.stateBytesPerWorker, profile: String = "one"
    ) -> [SchedulerAction] {
        tell(
            .workerJoined(
                worker, lanes: lanes, batch: batch, credit: credit, rowsPerPass: rowsPerPass, stateBytes: stateBytes,
                profile: profile))
    }

    @discardableResult
    func finish(
        _ lease: LeaseID, _ number: Int, by worker: WorkerID = .a, _ summary: StepSummary = .read,
        hasSnapshot: Bool = false
    ) -> [SchedulerAction] {
        tell(.stepFinished(worker, lease, number: number, summary, hasSnapshot: hasSnapshot))
    }

    func awaitedStep(_ number: Int, of lease: LeaseID, from worker: WorkerID = .a) -> AwaitedStep? {
        scheduler.awaitedStep(number, of: lease, from: worker)
    }

    func documentsHeld(by worker: WorkerID) -> Int { scheduler.documentsHeld(by: worker) }
    func isRefusedByAll(_ job: JobID) -> Bool { scheduler.isRefusedByAll(job) }
}

extension StepPlan {
    static let chunks = StepPlan(chunkTokens: 256)
}

extension JobID {
    static let first = JobID("f1")
    static let second = JobID("e2")
}

extension DocumentKey {
    static func first(_ ordinal: Int) -> DocumentKey { DocumentKey(job: .first, ordinal: ordinal) }
    static func second(_ ordinal: Int) -> DocumentKey { DocumentKey(job: .second, ordinal: ordinal) }
}

extension WorkerID {
    static let a = WorkerID(1)
    static let b = WorkerID(2)
}

extension LeaseID {
    /// The lease of the first start of a coordinator with this serial number, which counts from 1.
    static func number(_ serial: UInt32) -> LeaseID { LeaseID(epoch: 1, serial: serial) }
}

extension [SchedulerAction] {
    /// What is about documents: without requests to the inputs, heartbeats and welcomes.
    var work: [SchedulerAction] {
        filter {
            switch $0 {
            case .openDocuments, .heartbeat, .welcome: false
            default: true
            }
        }
    }

    var granted: [DocumentKey] {
        compactMap { if case .grant(_, _, let key, _) = $0 { key } else { nil } }
    }

    /// The documents of the steps that are sent, in their order.
    var stepped: [DocumentKey] {
        compactMap { if case .sendStep(_, _, let key, _, _, _) = $0 { key } else { nil } }
    }

    var sent: [StepPlan.Work] {
        compactMap { if case .sendStep(_, _, _, _, let work, _) = $0 { work } else { nil } }
    }

    var requests: [SchedulerAction] {
        filter { if case .openDocuments = $0 { true } else { false } }
    }
}
