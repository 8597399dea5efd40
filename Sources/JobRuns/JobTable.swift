package import Coordination

/// The jobs that run, and how those that ended came out.
package struct JobTable {
    /// Ended jobs that `status` still tells of.
    private static let endedKept = 1000

    private var runs: [JobID: Entry] = [:]
    private var lastNumber = 0
    private var order: [JobID] = []
    private var ended: [JobStatus] = []

    /// A job that runs. What is known of it changes in place, with every result.
    private final class Entry {
        let number: Int
        let place: Int
        var job: RunningJob

        init(number: Int, place: Int, job: RunningJob) {
            self.number = number
            self.place = place
            self.job = job
        }
    }

    package init() {}

    /// What the next run of a job is called: a job that failed can run again.
    package mutating func nextRun() -> Int {
        lastNumber += 1
        return lastNumber
    }

    package subscript(id: JobID) -> RunningJob? { runs[id]?.job }

    /// Which run of the job goes on; `nil`: none.
    package func number(of id: JobID) -> Int? { runs[id]?.number }

    /// In the order in which they came.
    package var running: [RunningJob] { order.compactMap { runs[$0]?.job } }

    package var count: Int { runs.count }

    package var statuses: [JobStatus] { ended + running.map(\.status) }

    /// - Parameters:
    ///   - number: what the run is called.
    ///   - place: among all jobs, in the order in which they came; `nil`: after those that run.
    package mutating func add(_ job: RunningJob, run number: Int, place: Int? = nil) {
        ended.removeAll { $0.id == job.id }
        let place = place ?? order.last.flatMap { runs[$0]?.place } ?? 0
        runs[job.id] = Entry(number: number, place: place, job: job)
        let position = order.firstIndex { runs[$0].map { $0.place > place } ?? false }
        order.insert(job.id, at: position ?? order.endIndex)
    }

    /// Changes what is known of a running job.
    package mutating func update(_ id: JobID, _ change: (inout RunningJob) -> Void) {
        if let entry = runs[id] { change(&entry.job) }
    }

    /// Why a result cannot be recorded as that of a step; `nil`: it fits.
    package func problem(of result: StepResult, to step: AwaitedStep) -> String? {
        runs[step.document.job]?.job.problem(of: result, to: step)
    }

    /// - Parameter status: with which the job has ended.
    package mutating func end(_ id: JobID, _ status: JobStatus) {
        runs[id] = nil
        order.removeAll { $0 == id }
        remember(status)
    }

    package mutating func remember(_ status: JobStatus) {
        ended.removeAll { $0.id == status.id }
        ended.append(status)
        if ended.count > Self.endedKept { ended.removeFirst() }
    }

    package mutating func countLate() {
        for id in order { update(id) { $0.countLate() } }
    }
}
