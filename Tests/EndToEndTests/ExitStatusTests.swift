import Foundation
import TestSupport
import Testing

/// What the program ends with and says when it cannot do what it was asked to.
@Suite struct ExitStatusTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "whale.txt")
    }

    private func longscan(_ arguments: String...) throws -> Ended {
        try Longscan.run(arguments, in: directory.path)
    }

    @Test func unknownKeyIs65() throws {
        try directory.writeJob("score", input: "whale.txt", options: "score: {each: token}")
        let ended = try longscan("run", "job.yaml")
        #expect(ended.status == 65)
        #expect(ended.errors.hasPrefix("longscan: job.yaml:5: score.each: unknown key"))
    }

    @Test func stateDirectoryThatCannotBeWrittenIs73() throws {
        try FileManager.default.createDirectory(atPath: directory.path("state"), withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path("state"))
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path("state"))
        }
        // Root may write everywhere; somebody else has to be able to get there.
        let wrapper = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] : []
        let ended = try Longscan.start(
            ["coordinator", "--bind", "tcp://127.0.0.1:*", "--state-dir", "state"], in: directory.path, wrapper: wrapper
        ).ended()
        #expect(ended.status == 73)
        #expect(
            ended.errors.contains("cannot write to state") && ended.errors.contains("--state-dir"), "\(ended.errors)")
    }

    @Test func missingJobFileIs66() throws {
        let ended = try longscan("run", "none.yaml")
        #expect(ended.status == 66)
        #expect(ended.errors == "longscan: none.yaml: no such file\n")
    }

    @Test func missingInputIs66() throws {
        try directory.writeJob("score", input: "none.txt")
        let ended = try longscan("run", "job.yaml")
        #expect(ended.status == 66)
        #expect(ended.errors.contains("none.txt") && ended.errors.contains("does not exist"))
        #expect(!directory.exists("rows.work"))
    }

    @Test func missingModelIs66() throws {
        try directory.writeJob("score", model: "models/none", input: "whale.txt")
        let ended = try longscan("run", "job.yaml")
        #expect(ended.status == 66)
        #expect(ended.errors.contains(directory.path("models/none")))
        #expect(!directory.exists("rows.jsonl") && !directory.exists("rows.work"))
    }

    @Test func brokenModelIs65() throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        try directory.write("{\"model_type\": \"transformer\"}", to: "tiny/config.json")
        try directory.writeJob("score", model: "tiny", input: "whale.txt")
        let ended = try longscan("run", "job.yaml")
        #expect(ended.status == 65)
        #expect(ended.errors.contains(directory.path("tiny/config.json")))
    }

    @Test(arguments: ["whale.txt/rows.jsonl", "/proc/none/rows.jsonl", "folder.jsonl"])
    func outputThatCannotBeCreatedIs73(output: String) throws {
        try FileManager.default.createDirectory(
            atPath: directory.path("folder.jsonl"), withIntermediateDirectories: true)
        try directory.writeJob("score", input: "whale.txt", output: output)
        let ended = try longscan("run", "job.yaml")
        #expect(ended.status == 73)
        #expect(ended.errors.hasPrefix("longscan: "))
    }

    @Test func outputOfAnotherJobIs73() throws {
        try directory.writeJob("score", input: "whale.txt")
        #expect(try longscan("run", "job.yaml").status == 0)
        let rows = try directory.bytes("rows.jsonl")
        let ended = try longscan("run", "job.yaml", "--set", "score.per=token")
        #expect(ended.status == 73)
        #expect(ended.errors.contains("\(directory.path("rows.jsonl")) exists and is not of this job"))
        #expect(try directory.bytes("rows.jsonl") == rows)
    }

    @Test func portInUseIs78() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let ended = try longscan("coordinator", "--bind", cluster.endpoint, "--state-dir", "other")
        #expect(ended.status == 78)
        #expect(ended.errors.contains(cluster.endpoint) && ended.errors.contains("in use"))
        #expect(ended.errors.contains("choose another port"))
    }

    @Test func stateDirectoryInUseIs75() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let ended = try longscan("coordinator", "--bind", "tcp://127.0.0.1:*", "--state-dir", "state")
        #expect(ended.status == 75)
        #expect(ended.errors.contains("state/coordinator.sqlite") && ended.errors.contains("--state-dir"))
        #expect(ended.errors.contains("process \(cluster.coordinator.id)"), "\(ended.errors)")
    }

    @Test func openPortNeedsAWord() throws {
        let ended = try longscan("coordinator", "--bind", "tcp://0.0.0.0:*", "--state-dir", "state")
        #expect(ended.status == 78)
        #expect(ended.errors.contains("--insecure") && ended.errors.contains("longscan keygen"))
    }

    @Test(arguments: [["submit", "job.yaml"], ["status"]])
    func noCoordinatorIs69(command: [String]) throws {
        try directory.writeJob("score", input: "whale.txt")
        let start = ContinuousClock.now
        // Port 1 (tcpmux) is reserved, and nothing listens there.
        let ended = try Longscan.run(command + ["--coordinator", "tcp://127.0.0.1:1"], in: directory.path)
        #expect(ended.status == 69)
        #expect(ended.errors.hasPrefix("longscan: no coordinator answers at tcp://127.0.0.1:1 within 5 seconds: "))
        #expect(ended.errors.contains("'longscan coordinator'") && ended.errors.contains("--coordinator"))
        #expect(start.duration(to: .now) < .seconds(7))
    }

    @Test(arguments: [
        ["run"], ["run", "job.yaml", "--frobnicate"], ["run", "job.yaml", "--workers", "0"], ["worker"],
        ["run", "job.yaml", "--set", "nonsense"], ["run", "job.yaml", "--output", "rows.csv"], ["nonsense"],
    ])
    func wrongUsageIs64(arguments: [String]) throws {
        try directory.writeJob("score", input: "whale.txt")
        let ended = try Longscan.run(arguments, in: directory.path)
        #expect(ended.status == 64)
        #expect(!ended.errors.isEmpty && ended.output.isEmpty)
    }

    @Test func secondRunOfAJobIs75() throws {
        try directory.write(Documents.lines(tokenCounts: [4000]), to: "documents.jsonl")
        try directory.writeJob("score")
        let first = try LocalRun(in: directory)
        // Without its worker it does not end before the second one does.
        for worker in first.workers { kill(worker, SIGSTOP) }
        let second = try longscan("run", "job.yaml")
        for worker in first.workers { kill(worker, SIGCONT) }
        #expect(second.status == 75)
        #expect(second.errors.contains(/another longscan \(process \d+\) is working on this output/))
        #expect(try first.process.ended().status == 0)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.nTokens) == [4000])
    }

    /// Begins a job and stops it before it has done anything.
    private func begin(model: String = Longscan.books) throws {
        try directory.write(Documents.lines(tokenCounts: [20_000]), to: "documents.jsonl")
        try directory.writeJob("score", model: model)
        let first = try Longscan.start(["run", "job.yaml", "--json"], in: directory.path)
        _ = try first.errors.line(containing: "\"state\":\"running\"")
        first.send(SIGINT)
        #expect(try first.ended().status == 130)
    }

    @Test func inputsThatChangedAre65() throws {
        try begin()
        try directory.write(Documents.lines(tokenCounts: [5]), to: "documents.jsonl")
        let second = try longscan("run", "job.yaml")
        #expect(second.status == 65)
        #expect(second.errors.contains("\(directory.path("documents.jsonl")) was modified"))
    }

    @Test func modelThatChangedIs65() throws {
        try FileManager.default.copyItem(atPath: Longscan.books, toPath: directory.path("books"))
        try begin(model: "books")
        let configuration = try directory.bytes("books/config.json")
        try directory.write(configuration + Array("\n".utf8), to: "books/config.json")
        let second = try longscan("run", "job.yaml")
        #expect(second.status == 65)
        #expect(second.errors.contains("the model has changed since the job began: sha256:"))
    }
}
