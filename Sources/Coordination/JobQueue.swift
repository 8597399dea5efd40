/// The queue of submitted jobs that do not run yet. It decides which job is prepared next, which job runs next, and
/// when a job that cannot run is tried again.
///
/// A state machine without I/O or clock. To prepare a job is to open its model and to list its inputs. The driver does
/// this, for at most ``Limits/preparingJobs`` jobs at a time. An accepted job stays in the queue until it runs. If its
/// model, its inputs or its output cannot be reached, the queue reports this and tries the job again after growing
/// pauses.
public struct JobQueue: Sendable {
    public struct Entry: Sendable, Equatable {
        public let id: JobID
        /// The number of the job in the order of submission.
        public let place: Int
        /// The reason why the last preparation failed.
        public fileprivate(set) var problem: CoordinatorMessage.Refused?
        /// Whether the coordinator has told the client that it accepts the job. An accepted job is never dropped.
        public fileprivate(set) var isAccepted: Bool
        /// Whether the job runs when others have ended: it is accepted, and no problem of it is known.
        public var waitsForItsTurn: Bool { isAccepted && (state == .waiting || state == .queued) }
        fileprivate var state = State.queued
        fileprivate var pause = Limits.firstRetryPause
    }

    fileprivate enum State: Sendable, Equatable {
        /// The job has not been prepared yet.
        case queued
        case preparing
        /// The job is prepared; the limit of running jobs is reached.
        case waiting
        case away(until: Instant)
    }

    /// The decision about a prepared job.
    public enum Verdict: Sendable, Equatable {
        /// - Parameter place: the number of the job in the order of submission.
        case run(place: Int)
        /// The job is accepted from now on, and runs when another one ends.
        case wait
        /// The job was not accepted before: it is refused.
        case refuse(CoordinatorMessage.Refused)
        /// The job was accepted before: it stays in the queue and is tried again later.
        case retry(CoordinatorMessage.Refused)
    }

    private var entries: [JobID: Entry] = [:]
    private var nextPlace = 0

    public init() {}

    /// All entries, in the order of submission.
    public var all: [Entry] { entries.values.sorted { $0.place < $1.place } }

    public subscript(id: JobID) -> Entry? { entries[id] }

    /// Whether no further job can be taken.
    public var isFull: Bool { entries.count >= Limits.waitingJobs }

    /// Adds a job at the end. A job whose files could not be reached is tried again at once.
    /// - Parameter isAccepted: whether an earlier start of the coordinator has accepted the job.
    public mutating func add(_ id: JobID, isAccepted: Bool = false) {
        if let entry = entries[id] {
            if case .away = entry.state { entries[id]?.state = .queued }
            return
        }
        entries[id] = Entry(id: id, place: nextPlace, problem: nil, isAccepted: isAccepted)
        nextPlace += 1
    }

    /// The job to prepare now. From this call on it counts as being prepared.
    /// - Parameter running: the number of running jobs.
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

    /// Takes the result of a preparation.
    /// - Parameter problem: the reason why the job cannot run; `nil` if it can run.
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

    /// Removes a job that needs no further work: it was done before, or it cannot be read at all.
    public mutating func remove(_ id: JobID) {
        entries[id] = nil
    }

    /// The time of the next retry; `nil` while there is no room for one.
    /// - Parameter running: the number of running jobs.
    public func deadline(running: Int) -> Instant? {
        let preparing = entries.values.count { $0.state == .preparing }
        guard preparing < Limits.preparingJobs, running + preparing < Limits.runningJobs else { return nil }
        return entries.values.compactMap { if case .away(let until) = $0.state { until } else { nil } }.min()
    }
}
