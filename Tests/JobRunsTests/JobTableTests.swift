import Coordination
import JobRuns
import TestSupport
import Testing

@Suite struct JobTableTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
    }

    /// A failed job that is handed in again runs again, while the feed of its first run still reads on: what that one
    /// says, the end of the inputs for instance, is not about this run.
    @Test func whatAnEarlierRunsFeedSaysIsNotForThisOne() throws {
        var jobs = JobTable()
        let first = jobs.nextRun()
        do {
            let job = try StartedJob(in: directory)
            jobs.add(RunningJob(job.run), run: first)
            #expect(jobs.number(of: StartedJob.id) == first)
            job.run.stop(.init(failure: Failure(code: "failed", message: "no"), reason: .failed))
            jobs.end(StartedJob.id, job.run.status)
        }
        #expect(jobs.number(of: StartedJob.id) == nil)
        #expect(jobs.statuses.map(\.state) == [.failed])
        let second = jobs.nextRun()
        let job = try StartedJob(in: directory)
        jobs.add(RunningJob(job.run), run: second)
        #expect(jobs.number(of: StartedJob.id) == second)
        #expect(jobs.statuses.map(\.state) == [.running])
        #expect(jobs.running.map(\.id) == [StartedJob.id])
    }

    @Test func endedJobsAreRememberedUpToALimit() {
        var jobs = JobTable()
        for number in 0..<1500 {
            let state: JobStatus.State = number.isMultiple(of: 2) ? .completed : .failed
            jobs.remember(
                JobStatus(id: JobID("\(number)"), task: "score", output: "/o", state: state, inputBytesTotal: 0))
        }
        #expect(jobs.statuses.map(\.id.digest) == (500..<1500).map(String.init))
        let again = jobs.statuses[7]
        jobs.remember(again)
        #expect(jobs.statuses.count == 1000 && jobs.statuses.last == again)
    }
}
