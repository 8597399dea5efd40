import Coordination
import Documents
import JobRuns
import Jobs
import TestSupport
import Testing

/// What becomes of a job that is handed in once more.
@Suite struct FinishedJobTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// - Returns: `nil` for a job that has work to do.
    private func status(
        _ id: JobID = StartedJob.id, rerun: Rerun? = nil, model: ModelSummary = DemoModel.ofTokens
    ) throws(JobRefusal) -> JobStatus? {
        let job = StartedJob.job(in: directory)
        switch try JobPreparation(id, job, model: model, rerun: rerun).outcome() {
        case .done(let status): return status
        case .ready: return nil
        }
    }

    private func refusal(_ id: JobID = StartedJob.id, model: ModelSummary = DemoModel.ofTokens) throws
        -> CoordinatorMessage.Refused
    {
        try #require(throws: JobRefusal.self) { try status(id, model: model) }.refused
    }

    /// Finishes a job of which the first document is good, and no other.
    private func finish(_ lines: String) throws {
        try directory.write(lines, to: "in.jsonl")
        let job = try StartedJob(in: directory)
        try job.read()
        try job.complete(0)
        try job.run.finish()
    }

    private func preparation(
        _ rerun: Rerun? = nil, windowBytes: Int = DocumentReader.Limits().windowBytes, roots: Roots = .everywhere
    ) -> JobPreparation {
        var limits = DocumentReader.Limits()
        limits.windowBytes = windowBytes
        return JobPreparation(
            StartedJob.id, StartedJob.job(in: directory), model: DemoModel.ofTokens, rerun: rerun, roots: roots,
            limits: limits)
    }

    /// Behind a file that cannot be read with less memory, all documents would have other places.
    @Test func aJobGoesOnWithTheMemoryThatItBeganWith() throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        _ = try preparation(windowBytes: 256 << 20).outcome()
        let error = #expect(throws: JobRefusal.self) { try preparation().outcome() }
        #expect(error?.refused.failure.message.contains("say --memory 256M again") == true)
        #expect(error?.refused.reason == .badData)
        for windowBytes in [256 << 20, 512 << 20] {
            guard case .ready = try preparation(windowBytes: windowBytes).outcome() else {
                Issue.record("the job does not go on")
                return
            }
        }
    }

    /// Megabytes would be fewer bytes, and refused again.
    @Test func theMemoryThatIsAskedForIsEnough() throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        _ = try preparation(windowBytes: 200_000_000).outcome()
        let error = #expect(throws: JobRefusal.self) { try preparation().outcome() }
        #expect(error?.refused.failure.message.contains("say --memory 200000000 again") == true)
    }

    /// An update that was cut off while it was prepared is prepared anew, with the memory that there is now.
    @Test func anUpdateThatWasCutOffTakesTheMemoryOfNow() throws {
        let line = "{\"tokens\":[1]}\n"
        try directory.write(line, to: "in.jsonl")
        _ = try preparation().outcome()
        try directory.write(line + line, to: "in.jsonl")
        let nowhere = try Roots(inputs: [directory.path + "/rows.work"], outputs: nil)
        let error = #expect(throws: JobRefusal.self) {
            try preparation(.update, windowBytes: 256 << 20, roots: nowhere).outcome()
        }
        #expect(error?.refused.failure.code == "outside")
        for _ in 0..<2 {
            guard case .ready = try preparation().outcome() else {
                Issue.record("the update does not go on")
                return
            }
        }
    }

    /// Another coordinator may have just begun, and have made its ledger.
    @Test func aJobThatIsDoneLeavesAnEmptyLedgerAlone() throws {
        try finish("{\"tokens\":[1]}\n")
        try directory.write("", to: "rows.work/ledger.sqlite")
        #expect(try status() != nil)
        #expect(directory.exists("rows.work/ledger.sqlite"))
        try directory.remove("rows.work/ledger.sqlite")
        #expect(try status() != nil)
        #expect(!directory.exists("rows.work"))
    }

    /// Two that begin a job at the same time: the slower one leaves the faster one its files.
    @Test func whoComesSecondTakesNothingAway() throws {
        try finish("{\"tokens\":[1]}\n")
        let first = try preparation(.again).outcome()
        #expect(directory.exists("rows.work/ledger.sqlite"))
        #expect(throws: JobRefusal.self) { try preparation(.again).outcome() }
        #expect(directory.exists("rows.work/ledger.sqlite"))
        withExtendedLifetime(first) {}
    }

    @Test func filesAreNamedAfterTheOutput() {
        let paths = JobPaths(output: "/out/rows.jsonl")
        #expect(paths.errors == "/out/rows.errors.jsonl")
        #expect(paths.documents == "/out/rows.documents")
        #expect(paths.manifest == "/out/rows.manifest.json")
        #expect(paths.work == "/out/rows.work")
        #expect(paths.spool(7, "tokens") == "/out/rows.work/document-7.tokens")
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
        #expect(!directory.exists("rows.work"))
    }

    /// Version 0.1.0 made ids from the size of chunks too, so its manifest tells by the job whether it is the same.
    @Test func aFinishedJobOfAnEarlierVersionIsTheSame() throws {
        try finish("{\"tokens\":[1]}\n")
        let job = StartedJob.job(in: directory)
        try directory.makeManifestFormer(of: job) { $0["job_id"] = "another" }
        #expect(try status(JobRequest.id(of: job))?.state == .completed)
        #expect(try refusal().reason == .cannotCreateOutput)
    }

    @Test func aFinishedJobWhoseOutputIsGoneIsDoneAgain() throws {
        try finish("{\"tokens\":[1]}\n")
        try directory.remove("rows.jsonl")
        #expect(try status() == nil)
    }

    @Test func anUnfinishedJobGoesOn() throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        _ = try StartedJob(in: directory)
        #expect(directory.exists("rows.jsonl"))
        #expect(try status() == nil)
    }

    // MARK: - What has changed since

    @Test func aFinishedJobWhoseInputsChangedIsRefused() throws {
        try finish("{\"tokens\":[1]}\n")
        let rows = try directory.text("rows.jsonl")
        try directory.write("{\"tokens\":[2]}\n", to: "in.jsonl")
        let refused = try refusal()
        #expect(refused.reason == .badData)
        #expect(
            refused.failure.message
                == "\(directory.path)/rows.jsonl is done, and since then there were changes: 1 input changed (in.jsonl); "
                + "use --update (new and changed documents only) or --again (all anew)")
        #expect(try directory.text("rows.jsonl") == rows)
        #expect(!directory.exists("rows.work"))
    }

    @Test func anInputThatWasWrittenAgainAsItWasIsNoChange() throws {
        try finish("{\"tokens\":[1]}\n")
        try directory.remove("in.jsonl")
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        #expect(try status() != nil)
    }

    @Test func anotherModelIsAChange() throws {
        try finish("{\"tokens\":[1]}\n")
        let other = ModelSummary(digest: "sha256:other", vocabularySize: 300, tokenizer: nil)
        #expect(try refusal(model: other).failure.message.contains("another model ("))
    }

    @Test(arguments: ["rows.jsonl", "rows.errors.jsonl", "rows.documents"])
    func aFileThatSomebodyElseWroteToIsAChange(name: String) throws {
        try finish("{\"tokens\":[1]}\n{}\n")
        let text = try directory.text(name)
        try directory.write(String(text.reversed()), to: name)
        #expect(try refusal().failure.message.contains("\(directory.path)/\(name) is not what the job wrote"))
    }

    @Test func errorRowsAreNoChange() throws {
        try finish("{\"tokens\":[1]}\n{}\n")
        #expect(try status()?.state == .completedWithErrors)
        // An update tries them once more.
        #expect(try status(rerun: .update) == nil)
    }

    // MARK: - Files of somebody else

    @Test func anotherJobsOutputIsNotOverwritten() throws {
        try finish("{\"tokens\":[1]}\n")
        var job = StartedJob.job(in: directory)
        job.task = .score(ScoreOptions(per: .token))
        let error = try #require(throws: JobRefusal.self) {
            try JobPreparation(JobID("another"), job, model: DemoModel.ofTokens).outcome()
        }
        #expect(error.refused.reason == .cannotCreateOutput)
        #expect(
            error.refused.failure.message.hasPrefix(
                "\(directory.path)/rows.jsonl exists and is not of this job: choose another output, or remove it"))
    }

    /// A work directory without a ledger knows nothing of the rows: it must not be what has them cut off.
    @Test(
        arguments: ["rows.jsonl", "rows.errors.jsonl", "rows.documents", "rows.manifest.json"], [true, false])
    func aFileThatNoLedgerKnowsIsNotOverwritten(name: String, hasWorkDirectory: Bool) throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        try directory.write("precious\n", to: name)
        if hasWorkDirectory { try directory.write("", to: "rows.work/ahead.jsonl") }
        let refused = try refusal()
        #expect(refused.reason == .cannotCreateOutput)
        #expect(refused.failure.message.hasPrefix("\(directory.path)/\(name) exists and is not of this job"))
        #expect(try directory.text(name) == "precious\n")
    }

    @Test(arguments: [
        "rows.work/chapter1.tex", "rows.work/document-x.tokens", "rows.work/deep/ahead.jsonl", "rows.work",
    ])
    func aDirectoryOfSomebodyElseIsRefused(name: String) throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        try directory.write("years of work\n", to: name)
        let refused = try refusal()
        #expect(refused.reason == .cannotCreateOutput)
        #expect(refused.failure.message.hasPrefix("\(directory.path)/rows.work exists and is not of this job"))
        #expect(try directory.text(name) == "years of work\n")
    }

    @Test(arguments: ["rows.errors.jsonl", "rows.documents", "rows.manifest.json"])
    func aFileThatAppearsMeanwhileStays(name: String) throws {
        try directory.write("{\"tokens\":[1]}\n{}\n", to: "in.jsonl")
        let job = try StartedJob(in: directory)
        try directory.write("precious\n", to: name)
        let error = try #require(throws: JobRefusal.self) {
            try job.read()
            try job.complete(0)
            try job.run.finish()
        }
        #expect(error.refused.reason == .cannotCreateOutput)
        #expect(error.refused.failure.message.hasPrefix("\(directory.path)/\(name) exists and is not of this job"))
        #expect(try directory.text(name) == "precious\n")
    }

    @Test func aFileInTheWorkDirectoryThatIsNotLongscansStays() throws {
        try directory.write("{\"tokens\":[1]}\n", to: "in.jsonl")
        let job = try StartedJob(in: directory)
        try job.read()
        try job.complete(0)
        try directory.write("mine\n", to: "rows.work/notes.txt")
        #expect(try job.run.finish() == ["notes.txt"])
        #expect(try directory.text("rows.work/notes.txt") == "mine\n")
        #expect(!directory.exists("rows.work/ledger.sqlite"))
    }

    @Test func anOutputThatSomebodyElseCutsStopsTheJob() throws {
        try directory.write("{\"tokens\":[1]}\n{\"tokens\":[2]}\n", to: "in.jsonl")
        let job = try StartedJob(in: directory)
        try job.read()
        try job.complete(0)
        try job.run.commit()
        try directory.write("", to: "rows.jsonl")
        let error = try #require(throws: FileError.self) { try job.complete(1) }
        #expect(error.path == directory.path + "/rows.jsonl")
    }

    @Test func rowsThatSomebodyElseChangedAreFoundWhenTheJobGoesOn() throws {
        try directory.write("{\"tokens\":[1]}\n{\"tokens\":[2]}\n", to: "in.jsonl")
        do {
            let job = try StartedJob(in: directory)
            try job.read()
            try job.complete(0)
            try job.run.commit()
        }
        try directory.write(String(try directory.text("rows.jsonl").reversed()), to: "rows.jsonl")
        #expect(try refusal().failure.message.contains("rows.jsonl: its bytes are not those that were written"))
    }
}
