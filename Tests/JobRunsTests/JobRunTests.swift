import Coordination
import Documents
import FoundationEssentials
import JobRuns
import Jobs
import TestSupport
import Testing

@Suite struct JobRunTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    // MARK: - The whole way

    @Test(arguments: [(7, 42), (.max, .max), (.max / 4, .max)])
    func tokensToGenerateAreAtMostWhatANumberHolds(maxTokens: Int, expected: Int) throws {
        try write(["[1]", "[2,3]"])
        let options = GenerateOptions(maxTokens: maxTokens, samples: 3)
        let job = try StartedJob(in: directory, task: .generate(options))
        try job.read()
        #expect(job.run.status.tokensToGenerate == expected)
    }

    @Test func aJobThatIsDoneLeavesRowsAndManifest() throws {
        try write(["[1]", "0", "[2,3]"])
        let job = try StartedJob(in: directory)
        let said = try job.read()
        #expect(said.last == .inputsExhausted(StartedJob.id))
        #expect(said.contains(.documentOpened(key(0))))
        #expect(said.contains(.tokensRead(key(2), total: 2, isComplete: true)))
        #expect(said.contains(.documentRejected(key(1))))
        _ = try job.run.grant(LeaseID(1), 2, profile: "lost")
        for (ordinal, profile) in [(0, "p"), (2, "q")] { _ = try job.run.grant(LeaseID(2), ordinal, profile: profile) }
        try job.complete(2, tokens: 2)
        try job.complete(0)
        try job.run.finish()

        #expect(job.run.status.state == .completedWithErrors)
        #expect(job.run.status.documentsDone == 2)
        #expect(job.run.status.documentsFailed == 1)
        #expect(job.run.status.documentsTotal == 3)
        #expect(job.run.status.tokensDone == 3)
        #expect(job.run.status.inputBytesRead == job.run.status.inputBytesTotal)
        #expect(try ids("rows.jsonl") == ["d0", "d2"])
        #expect(
            try directory.text("rows.errors.jsonl")
                == #"{"id":"d1","source":"in.jsonl:2","code":"invalid_field","#
                + #""message":"line 2, column 21: \"tokens\" is not an array"}"# + "\n")
        #expect(!directory.exists("rows.work"))
        let manifest = try #require(Manifest.read(job.paths.manifest))
        #expect(manifest.jobID == StartedJob.id)
        #expect(manifest.state == .completedWithErrors)
        #expect(manifest.job == ManifestJob(StartedJob.job(in: directory)) && manifest.dataType == .f32)
        #expect(manifest.profiles.map(\.profile) == ["q", "p"])
        #expect(manifest.profiles.map(\.documents) == [1, 1])
        #expect(manifest.counts.documents == 2)
        #expect(manifest.counts.errors == 1)
        #expect(manifest.counts.tokens == 3)
        #expect(manifest.counts.outputBytes == (try directory.text("rows.jsonl").utf8.count))
    }

    private struct ManifestInputs: Decodable {
        struct Input: Decodable, Equatable {
            var path: String
            var bytes: Int
            var sha256: String?
        }
        var inputs: [Input]
    }

    /// More files than the feed hashes at once, and one that cannot be hashed.
    @Test func theManifestNamesEveryInput() throws {
        let count = DocumentFeed.batchesAhead * DocumentFeed.hashesPerBatch + 1
        for number in 0..<count { try directory.write("abc", to: "in/\(10_000 + number).txt") }
        try directory.linkToNothing("in/1.txt")
        let job = try StartedJob(in: directory, input: "in")
        try job.read()
        try job.run.finish()
        #expect(job.run.status.documentsFailed == count + 1)
        let inputs = try JSONDecoder().decode(
            ManifestInputs.self, from: Data(directory.text("rows.manifest.json").utf8)
        ).inputs
        // SHA-256 of "abc", as FIPS 180-2 gives it in appendix B.1.
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        let paths = (0..<count).map { "\(directory.path)/in/\(10_000 + $0).txt" }
        let gone = ManifestInputs.Input(path: "\(directory.path)/in/1.txt", bytes: 0)
        #expect(inputs == [gone] + paths.map { .init(path: $0, bytes: 3, sha256: digest) })
        #expect(Manifest.read(job.paths.manifest)?.jobID == StartedJob.id)
    }

    @Test func aStepHoldsTheTokensOfItsRange() throws {
        try write(["\(Array(0..<300))"])
        let job = try StartedJob(in: directory)
        try job.read(1)
        let lease = LeaseID(epoch: 1, serial: 1)
        let step = try job.run.step(lease, 0, number: 1, .read(256..<300, isLast: true))
        #expect(step == Step(lease: lease, number: 1, work: .read(tokens: Array(256..<300), isLast: true)))
        #expect(try job.run.grant(lease, 0, profile: nil)?.documentID == "d0")
        #expect(try job.run.grant(lease, 7, profile: nil) == nil)
        try job.complete(0)
        #expect(try job.run.step(lease, 0, number: 1, .read(256..<300, isLast: true)) == nil)
    }

    /// Drops the run after every number of finished documents, committed or not, and goes on with a new one.
    @Test(arguments: 0...3, [true, false]) func aCrashedJobGoesOn(done: Int, committed: Bool) throws {
        try write(["[1]", "[2]", "[3]", "0"])
        do {
            let job = try StartedJob(in: directory)
            try job.read()
            for ordinal in [2, 0, 1].prefix(done) { try job.complete(ordinal) }
            if committed { try job.run.commit() }
        }
        let job = try StartedJob(in: directory)
        let opened = try job.read().compactMap {
            if case .documentOpened(let key, _, _) = $0 { key.ordinal } else { nil }
        }
        let expected = committed ? [2, 0, 1].dropFirst(done).sorted() : [0, 1, 2]
        #expect(opened == expected)
        for ordinal in opened { try job.complete(ordinal) }
        try job.run.finish()
        #expect(try ids("rows.jsonl") == ["d0", "d1", "d2"])
        #expect(try ids("rows.errors.jsonl") == ["d3"])
    }

    @Test func anotherJobMustNotGoOnWithIt() throws {
        try write(["[1]"])
        _ = try StartedJob(in: directory)
        try write(["[1]", "[2]"])
        let error = try #require(throws: JobRefusal.self) { try StartedJob(in: directory) }
        #expect(error.refused.reason == .badData)
        #expect(error.refused.failure.message.contains("\(directory.path)/in.jsonl was modified"))
    }

    // MARK: - Ids

    /// A second document of an id, while the first is open, finished, or recorded.
    @Test(arguments: ["open", "finished", "recorded", "recorded by an earlier start", "failed"])
    func anIDIsTakenOnce(first: String) throws {
        try directory.write(
            (1...3).map { #"{"id":"\#($0 < 3 ? "same" : "other")","tokens":[\#($0)]}"# + "\n" }.joined(), to: "in.jsonl"
        )
        var started: StartedJob? = try StartedJob(in: directory)
        try started?.read(1)
        if first == "failed" { try started?.run.fail(0, Failure(code: "failed", message: "no")) }
        if first == "finished" || first.hasPrefix("recorded") { try started?.complete(0) }
        if first.hasPrefix("recorded") { try started?.run.commit() }
        if first == "recorded by an earlier start" {
            started = nil
            started = try StartedJob(in: directory)
        }
        let job = try #require(started)
        try job.read()
        if first == "open" { try job.complete(0) }
        try job.complete(2)
        try job.run.finish()
        #expect(try ids("rows.jsonl") == (first == "failed" ? ["other"] : ["same", "other"]))
        let row =
            #"{"id":"same","source":"in.jsonl:2","code":"duplicate_id","#
            + #""message":"document 1 of the inputs has the id 'same' already"}"# + "\n"
        #expect(try directory.text("rows.errors.jsonl").hasSuffix(row))
    }

    // MARK: - Documents that fail

    @Test func aFailedDocumentsRestIsNotWanted() throws {
        try write(["\(Array(repeating: 1, count: 40_000))", "[2]"])
        let job = try StartedJob(in: directory)
        try job.read { if case .batch = $0 { true } else { false } }
        try job.run.fail(0, Failure(code: "not_finite", message: "no number"))
        let said = try job.read()
        #expect(!said.contains { if case .tokensRead(key(0), _, _, _) = $0 { true } else { false } })
        try job.complete(1)
        try job.run.finish()
        #expect(try ids("rows.jsonl") == ["d1"])
        #expect(try ids("rows.errors.jsonl") == ["d0"])
    }

    @Test func aResultAfterTheFailureChangesNothing() throws {
        try write(["[1]"])
        let job = try StartedJob(in: directory)
        try job.read()
        try job.run.fail(0, Failure(code: "failed", message: "no"))
        try job.complete(0)
        try job.run.finish()
        #expect(try directory.text("rows.jsonl").isEmpty)
        #expect(try ids("rows.errors.jsonl") == ["d0"])
    }

    @Test(arguments: [true, false]) func aTextThatTurnsBadHasOneErrorRow(failedBefore: Bool) throws {
        try directory.write(String(repeating: "sea ", count: 40_000) + "\0", to: "a.txt")
        let job = try StartedJob(in: directory, input: "a.txt", model: try DemoModel.ofText())
        try job.read { if case .batch = $0 { true } else { false } }
        if failedBefore { try job.run.fail(0, Failure(code: "failed", message: "no")) }
        let said = try job.read()
        #expect(said.contains(.documentAbandoned(key(0))) == !failedBefore)
        try job.run.finish()
        #expect(try ids("rows.errors.jsonl") == ["a.txt"])
        #expect(try directory.text("rows.errors.jsonl").contains(failedBefore ? "failed" : "nul_byte"))
    }

    // MARK: - Error limits

    @Test(arguments: [0, 1, 3]) func moreErrorsThanTheLimitStopTheJob(limit: Int) throws {
        try write(["[1]"] + Array(repeating: "0", count: limit + 1))
        let job = try StartedJob(in: directory, errorLimit: .count(limit))
        try job.read(1)
        try job.complete(0)
        let error = try #require(throws: JobRefusal.self) { try job.read() }
        let message =
            "\(limit + 1) error rows are more than max_errors allows; the last is in.jsonl:\(limit + 2): "
            + "line \(limit + 2), column 21: \"tokens\" is not an array"
        #expect(error.refused == .init(failure: Failure(code: "too_many_errors", message: message), reason: .failed))
        try job.run.commit()
        #expect(try ids("rows.errors.jsonl").count == limit + 1)
    }

    @Test func asManyErrorsAsTheLimitAreAllowed() throws {
        try write(["[1]", "0", "0"])
        let job = try StartedJob(in: directory, errorLimit: .count(2))
        try job.read()
        try job.complete(0)
        try job.run.finish()
        #expect(job.run.status.state == .completedWithErrors)
    }

    @Test func aPartOfFewDocumentsSaysNothingUntilTheEnd() throws {
        try write(["0", "0", "[1]", "[2]"])
        let job = try StartedJob(in: directory, errorLimit: .fraction(0.4))
        try job.read()
        try job.complete(2, 3)
        let error = try #require(throws: JobRefusal.self) { try job.run.finish() }
        #expect(
            error.refused.failure.message
                == "2 error rows are more than max_errors allows; see \(directory.path)/rows.errors.jsonl")
        #expect(!directory.exists("rows.manifest.json"))
    }

    @Test func aLargerPartThanTheLimitStopsTheJob() throws {
        try write(Array(repeating: "[1]", count: 95) + Array(repeating: "0", count: 20))
        let job = try StartedJob(in: directory, errorLimit: .fraction(0.1))
        let error = try #require(throws: JobRefusal.self) { try job.read() }
        // Ten are no more than a tenth of 95 + 10.
        #expect(error.refused.failure.message.hasPrefix("11 error rows"))
    }

    @Test func asLargeAPartAsTheLimitIsAllowed() throws {
        try write(["0", "[1]"])
        let job = try StartedJob(in: directory, errorLimit: .fraction(0.5))
        try job.read()
        try job.complete(1)
        try job.run.finish()
        #expect(job.run.status.state == .completedWithErrors)
    }

    private func key(_ ordinal: Int) -> DocumentKey { DocumentKey(job: StartedJob.id, ordinal: ordinal) }

    /// Documents d0, d1, … of tokens as given.
    private func write(_ tokens: [String]) throws {
        let lines = tokens.enumerated().map { #"{"id":"d\#($0)","tokens":\#($1)}"# + "\n" }
        try directory.write(lines.joined(), to: "in.jsonl")
    }

    private func ids(_ name: String) throws -> [String] {
        try directory.text(name).split(separator: "\n").map { String($0.split(separator: "\"")[3]) }
    }
}
