import Coordination
import CoordinatorDaemon
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
        let first = jobs.nextRun
        do {
            let job = try RunningJob(in: directory)
            jobs.add(job.run)
            #expect(jobs[RunningJob.id, run: first] === job.run)
            job.run.stop(.init(failure: Failure(code: "failed", message: "no"), exitStatus: 1))
            jobs.end(job.run)
        }
        #expect(jobs[RunningJob.id, run: first] == nil)
        #expect(jobs.statuses.map(\.state) == [.failed])
        let second = jobs.nextRun
        let job = try RunningJob(in: directory)
        jobs.add(job.run)
        #expect(jobs[RunningJob.id] === job.run)
        #expect(jobs[RunningJob.id, run: first] == nil)
        #expect(jobs[RunningJob.id, run: second] === job.run)
        #expect(jobs.statuses.map(\.state) == [.running])
        #expect(jobs.running.map(\.id) == [RunningJob.id])
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
