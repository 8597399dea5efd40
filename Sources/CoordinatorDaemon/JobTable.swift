import Coordination

/// The jobs that run, and how those that ended came out.
struct JobTable {
    /// Ended jobs that `status` still tells of.
    private static let endedKept = 1000

    private var runs: [JobID: JobRun] = [:]
    private var order: [JobID] = []
    private var ended: [JobStatus] = []
    /// The last reason for which a worker refused a job.
    var lastRefusal: Failure?

    subscript(id: JobID) -> JobRun? { runs[id] }

    /// In the order in which they came.
    var running: [JobRun] { order.compactMap { runs[$0] } }

    var statuses: [JobStatus] { ended + running.map(\.status) }

    func isCompleted(_ id: JobID) -> Bool {
        ended.contains { $0.id == id && $0.state != .failed }
    }

    mutating func add(_ run: JobRun) {
        ended.removeAll { $0.id == run.id }
        runs[run.id] = run
        order.append(run.id)
    }

    mutating func end(_ run: JobRun) {
        runs[run.id] = nil
        order.removeAll { $0 == run.id }
        remember(run.status)
    }

    mutating func remember(_ status: JobStatus) {
        ended.append(status)
        if ended.count > Self.endedKept { ended.removeFirst() }
    }

    func countLate() {
        for run in running { run.countLate() }
    }
}
