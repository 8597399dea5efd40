import Coordination
import CoordinatorDaemon
import Jobs
import Testing

@Suite struct FinishedJobTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func status(_ id: JobID = RunningJob.id) throws(JobRefusal) -> JobStatus? {
        let job = RunningJob.job(in: directory)
        return try JobPaths(output: job.output).finishedStatus(id, job)
    }

    private func finish(_ lines: String) throws {
        try directory.write(lines, to: "in.jsonl")
        let job = try RunningJob(in: directory)
        try job.read()
        try job.complete(0)
        try job.run.finish()
    }

    @Test func filesAreNamedAfterTheOutput() {
        let paths = JobPaths(output: "/out/rows.jsonl")
        #expect(paths.errors == "/out/rows.errors.jsonl")
        #expect(paths.manifest == "/out/rows.manifest.json")
        #expect(paths.work == "/out/rows.work")
        #expect(paths.spool(7, "tokens") == "/out/rows.work/document-7.tokens")
    }

    @Test func whereNothingIsThereIsWorkToDo() throws {
        #expect(try status() == nil)
    }

    @Test func aFinishedJobIsNotDoneAgain() throws {
        try finish("{\"tokens\":[1]}\n{}\n")
        // A crash may have come between the manifest and the removal of the work directory.
        try directory.write("", to: "rows.work/ahead.jsonl")
        let finished = try #require(try status())
        #expect(finished.state == .completedWithErrors)
        #expect(finished.documentsDone == 1)
        #expect(finished.documentsFailed == 1)
        #expect(finished.documentsTotal == 2)
        #expect(!directory.has("rows.work"))
    }

    @Test func aFinishedJobWhoseOutputIsGoneIsDoneAgain() throws {
        try finish("{\"tokens\":[1]}\n")
        try directory.remove("rows.jsonl")
        #expect(try status() == nil)
    }

    @Test func anUnfinishedJobGoesOn() throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        _ = try RunningJob(in: directory)
        #expect(directory.has("rows.jsonl"))
        #expect(try status() == nil)
    }

    @Test func anotherJobsOutputIsNotOverwritten() throws {
        try finish("{\"tokens\":[1]}\n")
        let error = try #require(throws: JobRefusal.self) { try status(JobID("another")) }
        #expect(error.refused.exitStatus == ExitStatus.cannotCreateOutput)
        #expect(
            error.refused.failure.message
                == "\(directory.path)/rows.jsonl exists and is not of this job: choose another output, or remove it")
    }

    /// A work directory without a ledger knows nothing of the rows: it must not be what has them cut off.
    @Test(arguments: ["rows.jsonl", "rows.errors.jsonl"], [true, false])
    func anOutputThatNoLedgerKnowsIsNotOverwritten(name: String, hasWorkDirectory: Bool) throws {
        try directory.write("precious\n", to: name)
        if hasWorkDirectory { try directory.write("", to: "rows.work/ahead.jsonl") }
        let error = try #require(throws: JobRefusal.self) { try status() }
        #expect(error.refused.failure.message.hasPrefix("\(directory.path)/\(name) exists"))
    }

    @Test(arguments: ["", "{}", "{\"job_id\":", "[1]"]) func whatIsNoManifestOfOursSaysNothing(text: String) throws {
        try directory.write(text, to: "rows.manifest.json")
        #expect(try status() == nil)
    }
}
