package import Coordination

/// The table of running jobs, and of the results of ended ones.
package struct JobTable {
    /// The most ended jobs that `status` still lists.
    private static let endedKept = 1000

    private var runs: [JobID: Entry] = [:]
    private var lastNumber = 0
    private var order: [JobID] = []
    private var ended: [JobStatus] = []

    /// A running job. The entry is a class because every result changes it in place.
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

    /// The number of the next run. A failed job can run again.
    package mutating func nextRun() -> Int {
        lastNumber += 1
        return lastNumber
    }

    package subscript(id: JobID) -> RunningJob? { runs[id]?.job }

    /// The number of the job's present run; `nil` if it does not run.
    package func number(of id: JobID) -> Int? { runs[id]?.number }

    /// The running jobs, in the order of submission.
    package var running: [RunningJob] { order.compactMap { runs[$0]?.job } }

    package var count: Int { runs.count }

    package var statuses: [JobStatus] { ended + running.map(\.status) }

    /// - Parameters:
    ///   - number: the number of the run.
    ///   - place: the place among all jobs in the order of submission; `nil`: after those that run.
    package mutating func add(_ job: RunningJob, run number: Int, place: Int? = nil) {
        ended.removeAll { $0.id == job.id }
        let place = place ?? order.last.flatMap { runs[$0]?.place } ?? 0
        runs[job.id] = Entry(number: number, place: place, job: job)
        let position = order.firstIndex { runs[$0].map { $0.place > place } ?? false }
        order.insert(job.id, at: position ?? order.endIndex)
    }

    /// Changes the record of a running job.
    package mutating func update(_ id: JobID, _ change: (inout RunningJob) -> Void) {
        if let entry = runs[id] { change(&entry.job) }
    }

    /// The reason why a result does not fit its step; `nil` if it fits.
    package func problem(of result: StepResult, to step: AwaitedStep) -> String? {
        runs[step.document.job]?.job.problem(of: result, to: step)
    }

    /// - Parameter status: the job's last status.
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
