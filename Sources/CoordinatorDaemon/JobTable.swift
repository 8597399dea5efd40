package import Coordination

/// The jobs that run, and how those that ended came out.
package struct JobTable {
    /// Ended jobs that `status` still tells of.
    private static let endedKept = 1000

    private var runs: [JobID: (number: Int, place: Int, run: JobRun)] = [:]
    /// What the next run that is added will be called: a job that failed can run again.
    package private(set) var nextRun = 0
    private var order: [JobID] = []
    private var ended: [JobStatus] = []
    /// The last reason for which a worker refused a job.
    var lastRefusal: Failure?

    package init() {}

    package subscript(id: JobID) -> JobRun? { runs[id]?.run }

    /// - Returns: `nil` too when another run of the job goes on.
    package subscript(id: JobID, run number: Int) -> JobRun? {
        runs[id].flatMap { $0.number == number ? $0.run : nil }
    }

    /// Which run of the job goes on.
    func number(of id: JobID) -> Int? { runs[id]?.number }

    /// In the order in which they came.
    package var running: [JobRun] { order.compactMap { runs[$0]?.run } }

    package var statuses: [JobStatus] { ended + running.map(\.status) }

    /// - Parameter place: among all jobs, in the order in which they came; `nil`: after those that run.
    package mutating func add(_ run: JobRun, place: Int? = nil) {
        ended.removeAll { $0.id == run.id }
        let place = place ?? order.last.flatMap { runs[$0]?.place } ?? 0
        runs[run.id] = (nextRun, place, run)
        nextRun += 1
        let position = order.firstIndex { runs[$0].map { $0.place > place } ?? false }
        order.insert(run.id, at: position ?? order.endIndex)
    }

    package mutating func end(_ run: JobRun) {
        runs[run.id] = nil
        order.removeAll { $0 == run.id }
        remember(run.status)
    }

    package mutating func remember(_ status: JobStatus) {
        ended.removeAll { $0.id == status.id }
        ended.append(status)
        if ended.count > Self.endedKept { ended.removeFirst() }
    }

    func countLate() {
        for run in running { run.countLate() }
    }
}
