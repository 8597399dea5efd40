import Coordination
import Jobs

/// A job's machine whose clock and answers a test gives.
final class DrivenJob {
    typealias Action = JobAction<Int>

    static let id = JobID("0123456789abcdef")

    private(set) var machine: JobMachine<Int>
    private(set) var now = Instant()

    init(errorLimit: Job.ErrorLimit = .none, output: OutputProgress = .init(), snapshots: SnapshotBook<Int> = .init()) {
        machine = JobMachine(
            Self.id, errorLimit: errorLimit, output: output, snapshots: snapshots,
            status: JobStatus(id: Self.id, task: "score", output: "/out", state: .running, inputBytesTotal: 0))
    }

    func wait(_ duration: Duration) {
        now = now.advanced(by: duration)
    }

    /// Tells the machine something. Rows are written at once, unless ``writes`` is off.
    @discardableResult
    func tell(_ event: JobEvent<Int>) -> [Action] {
        var actions = machine.handle(event, at: now)
        guard writes else { return actions }
        for case .write(let ended) in actions { actions += machine.handle(.written(ended.ordinal), at: now) }
        return actions
    }

    var writes = true

    /// Opens documents and gives each to a worker, with a lease of the same number.
    func open(_ ordinals: Range<Int>) {
        for ordinal in ordinals {
            tell(.began(ordinal, identity: ExactString("\(ordinal)"), recorded: nil, plan: nil))
            tell(.opened(ordinal))
            tell(.read(ordinal, tokens: 10, total: 10, isLast: true, textEnds: []))
            tell(.granted(ordinal, LeaseID(UInt64(ordinal)), profile: "p"))
        }
    }

    /// Lets a snapshot of a document come, with the lease that it was given with, and be written.
    /// - Returns: what follows when it is on the disk.
    func snapshot(_ ordinal: Int, steps: Int) -> [Action] {
        let point = ResumePoint(steps: steps, tokens: steps)
        let lease = LeaseID(UInt64(ordinal))
        let snapshot = ArrivedSnapshot(lease: lease, point: point, sender: WorkerID(1), bytes: [])
        tell(.snapshotCame(ordinal, snapshot))
        tell(.documentSynchronized(ordinal, snapshot, steps, tokens: steps))
        return tell(.snapshotWritten(ordinal, lease, point, .durable))
    }

    /// Makes durable what was written.
    /// - Returns: what follows.
    func commit(_ cut: Int) -> [Action] {
        tell(.commit)
        tell(.synchronized(cut: cut))
        return tell(.committed(cut: cut))
    }
}

/// What a test looks at of actions.
extension [JobAction<Int>] {
    var names: [String] {
        map { action in
            switch action {
            case .write(let ended): "write \(ended.ordinal) \(ended.place)"
            case .moveAhead(let ordinals): "move \(ordinals)"
            case .synchronize(let cut): "synchronize \(cut)"
            case .commit(let cut, _, let isAheadOver): "commit \(cut)\(isAheadOver ? ", none ahead" : "")"
            case .removeFiles(let ordinal, let points): "remove files \(ordinal) \(points.map(\.steps))"
            case .recordSnapshot(let ordinal, let entry, _, _): "record snapshot \(ordinal) \(entry.point.steps)"
            case .removeSnapshot(let ordinal, let point): "remove snapshot \(ordinal) \(point.steps)"
            case .forgetSnapshots(let ordinal, let points): "forget snapshots \(ordinal) \(points.map(\.steps))"
            case .restart(let ordinal, let progress): "restart \(ordinal) \(progress ?? 0)"
            case .open(let ordinal, _, let progress): "open \(ordinal) \(progress ?? 0)"
            case .cutAhead: "cut ahead"
            case .synchronizeDocument(let ordinal, _): "synchronize document \(ordinal)"
            case .writeSnapshot(let ordinal, _): "write snapshot \(ordinal)"
            case .publish: "publish"
            case .stop(let reason): "stop \(reason)"
            case .tell(let event): "tell \(event)"
            }
        }
    }
}
