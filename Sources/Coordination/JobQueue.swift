/// Jobs that were handed in and do not run: which is prepared next, which waits for its turn, and when one that cannot
/// go on is tried again.
///
/// A machine without I/O or clock. To prepare a job is to open its model and list its inputs; that happens elsewhere,
/// for ``Limits/preparingJobs`` at a time. A job that was accepted stays here until it runs, whatever happens to its
/// files: where its model, its inputs or its output are away, it says so and is tried again with growing pauses.
public struct JobQueue: Sendable {
    public struct Entry: Sendable, Equatable {
        public let id: JobID
        /// Among all jobs, in the order in which they were handed in.
        public let place: Int
        /// Why the job could not be prepared the last time.
        public fileprivate(set) var problem: CoordinatorMessage.Refused?
        /// Whether the client has the coordinator's word: such a job is not dropped.
        public fileprivate(set) var isAccepted: Bool
        /// Whether nothing is known against the job, and it runs when others have ended.
        public var waitsForItsTurn: Bool { isAccepted && (state == .waiting || state == .queued) }
        fileprivate var state = State.queued
        fileprivate var pause = Limits.firstRetryPause
    }

    fileprivate enum State: Sendable, Equatable {
        /// Not looked at yet.
        case queued
        case preparing
        /// Nothing is wrong with it; as many jobs run as may.
        case waiting
        case away(until: Instant)
    }

    /// The fate of a job that was prepared.
    public enum Verdict: Sendable, Equatable {
        /// - Parameter place: among all jobs.
        case run(place: Int)
        /// The job has the coordinator's word from now on, and runs when another one ends.
        case wait
        /// The job was never accepted, and is refused.
        case refuse(CoordinatorMessage.Refused)
        /// The job was accepted before: it stays, and is tried again later.
        case retry(CoordinatorMessage.Refused)
    }

    private var entries: [JobID: Entry] = [:]
    private var nextPlace = 0

    public init() {}

    /// In the order in which they were handed in.
    public var all: [Entry] { entries.values.sorted { $0.place < $1.place } }

    public subscript(id: JobID) -> Entry? { entries[id] }

    /// Whether no further job can be taken.
    public var isFull: Bool { entries.count >= Limits.waitingJobs }

    /// Adds a job at the end; one that is away is tried again at once.
    /// - Parameter isAccepted: by an earlier start of the coordinator.
    public mutating func add(_ id: JobID, isAccepted: Bool = false) {
        if let entry = entries[id] {
            if case .away = entry.state { entries[id]?.state = .queued }
            return
        }
        entries[id] = Entry(id: id, place: nextPlace, problem: nil, isAccepted: isAccepted)
        nextPlace += 1
    }

    /// The job that is to be prepared now; it counts as being prepared from then on.
    /// - Parameter running: jobs that run.
    public mutating func next(running: Int, at now: Instant) -> JobID? {
        let preparing = entries.values.count { $0.state == .preparing }
        guard preparing < Limits.preparingJobs else { return nil }
        let next = entries.values.filter { entry in
            switch entry.state {
            case .queued: !entry.isAccepted || running + preparing < Limits.runningJobs
            case .waiting: running + preparing < Limits.runningJobs
            case .away(let until): until <= now && running + preparing < Limits.runningJobs
            case .preparing: false
            }
        }.min { $0.place < $1.place }
        if let next { entries[next.id]?.state = .preparing }
        return next?.id
    }

    /// A job was prepared, or could not be.
    /// - Parameter problem: why it could not; `nil`: it can run.
    public mutating func prepared(
        _ id: JobID, problem: CoordinatorMessage.Refused?, running: Int, at now: Instant
    ) -> Verdict {
        guard var entry = entries[id] else { preconditionFailure("job \(id) was prepared and is not in the queue") }
        entry.problem = problem
        switch problem {
        case nil where running < Limits.runningJobs:
            entries[id] = nil
            return .run(place: entry.place)
        case nil:
            (entry.state, entry.isAccepted, entry.pause) = (.waiting, true, Limits.firstRetryPause)
            entries[id] = entry
            return .wait
        case .some(let problem) where entry.isAccepted:
            entry.state = .away(until: now.advanced(by: entry.pause))
            entry.pause = min(entry.pause * 2, Limits.longestRetryPause)
            entries[id] = entry
            return .retry(problem)
        case .some(let problem):
            entries[id] = nil
            return .refuse(problem)
        }
    }

    /// The job needs no further work: it was done before, or cannot be read at all.
    public mutating func remove(_ id: JobID) {
        entries[id] = nil
    }

    /// When a job that is away is to be tried again; `nil` while there is no room to try one.
    /// - Parameter running: jobs that run.
    public func deadline(running: Int) -> Instant? {
        let preparing = entries.values.count { $0.state == .preparing }
        guard preparing < Limits.preparingJobs, running + preparing < Limits.runningJobs else { return nil }
        return entries.values.compactMap { if case .away(let until) = $0.state { until } else { nil } }.min()
    }
}
