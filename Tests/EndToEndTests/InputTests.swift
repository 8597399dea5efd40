import Foundation
import TestSupport
import Testing

/// Inputs as they lie in real directories, and what becomes of the job.
@Suite struct InputTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: directory.path)
    }

    private func shell(_ commands: String) throws {
        let ended = try RunningProcess("/bin/sh", ["-ec", commands], in: directory.path).ended()
        try #require(ended.status == 0, "\(ended.errors)")
    }

    private func run(_ job: String = "job.yaml", _ options: [String] = []) throws -> Ended {
        try Longscan.run(["run", job] + options, in: directory.path)
    }

    @Test func aFolderThatIsClosedIsAnErrorRow() throws {
        try directory.write("A whale.", to: "in/a.txt")
        try directory.write("A whale.", to: "in/sub/b.txt")
        try shell("mkdir -m 000 in/lost+found")
        try directory.writeJob("score", input: "in")
        // Nothing is closed to root.
        let nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "env", "HOME=/nonexistent"]
        let wrapper = getuid() == 0 ? ["/usr/bin/env"] + nobody : []
        let ended = try Longscan.start(["run", "job.yaml"], in: directory.path, wrapper: wrapper).ended()
        #expect(ended.status == 2, "\(ended.errors)")
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["in/a.txt", "in/sub/b.txt"])
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.id) == ["in/lost+found/"] && errors.map(\.code) == ["unreadable"])
        #expect(errors[0].message.contains("in/lost+found/: Permission denied"))
    }

    @Test func whatIsPassedOverIsCounted() throws {
        try directory.write("one line\nanother\n", to: "in/a.log")
        for name in ["x.png", "y.PNG", "table.csv"] { try directory.write("x", to: "in/" + name) }
        try directory.writeJob("score", input: "in")
        let said = "3 files passed over (.csv, .png)"
        #expect(try run("job.yaml", ["--dry-run"]).output.contains("1 files, 17 bytes; \(said)"))
        let ended = try run()
        #expect(ended.status == 0 && ended.errors.contains("longscan: input: \(said)"), "\(ended.errors)")
        #expect(try directory.manifest().passedOver?.files == 3)
        let lines = "{path: in/*.log, format: lines}"
        try directory.writeJob("score", input: lines, output: "lines.jsonl", to: "lines.yaml")
        #expect(try run("lines.yaml").status == 0)
        let rows: [ScoreRow] = try directory.rows("lines.jsonl")
        #expect(rows.map(\.id) == ["in/a.log:1", "in/a.log:2"])
        #expect(try directory.manifest("lines.manifest.json").passedOver == nil)
    }

    @Test func aCoordinatorStartsWithFilesOfAllCenturies() throws {
        try directory.write("A whale.", to: "a.txt")
        try directory.writeJob("score", input: "a.txt")
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let job = try cluster.submit("job.yaml")
        cluster.coordinator.send(SIGKILL)
        _ = try cluster.coordinator.ended()
        try shell("touch -d 2300-01-01 a.txt")
        try cluster.restartCoordinator()
        #expect(try cluster.status().workers.isEmpty)
        try directory.writeJob("score", input: "a.txt", output: "other.jsonl", to: "other.yaml")
        let other = try cluster.submit("other.yaml")
        #expect(other != job)
        _ = try cluster.startWorker("w")
        #expect(try cluster.waitForEnd(of: other).state == "completed")
    }

    @Test func aLongWindowIsReadWhereMemoryIsGiven() throws {
        try directory.write(Documents.lines(tokenCounts: [5, 300]), to: "lines.jsonl")
        try shell("zstd -q --long=28 < lines.jsonl > in.jsonl.zst")
        try directory.writeJob("score", input: "in.jsonl.zst")
        let refused = try run()
        #expect(refused.status == 2, "\(refused.errors)")
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(
            errors.map(\.message).allSatisfy {
                $0.hasSuffix("its window is 268435456 bytes, and 134217728 are allowed: '--memory 256M' allows it")
            })
        let read = try run("job.yaml", ["--memory", "256M", "--output", "read.jsonl"])
        #expect(read.status == 0, "\(read.errors)")
        let rows: [ScoreRow] = try directory.rows("read.jsonl")
        #expect(rows.map(\.id) == ["d0", "d1"])
        let piped = "\(Longscan.path) run job.yaml --memory 256M --set input=- --output piped.jsonl < in.jsonl.zst"
        try shell(piped)
        #expect(try directory.bytes("piped.jsonl") == directory.bytes("read.jsonl"))
        #expect(try run("job.yaml", ["--memory", "lots"]).status == 64)
    }

    /// No document is at fault for descriptors that are lacking: the job waits and says so.
    @Test func descriptorsThatAreLackingAreWaitedFor() throws {
        try shell("mkfifo first.txt")
        for name in ["b", "c", "d"] { try directory.write("A whale.", to: "\(name).txt") }
        try directory.writeJob("score", input: "[first.txt, b.txt, c.txt, d.txt]")
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("w")
        let job = try cluster.submit("job.yaml")
        // There is a writer when there is a reader.
        let pipe = try FileHandle(forWritingTo: URL(filePath: directory.path("first.txt")))
        func limit(_ number: String) throws {
            try shell("prlimit --pid \(cluster.coordinator.id) --nofile=\(number):")
        }
        try limit("5")
        try pipe.write(contentsOf: Data("A whale.".utf8))
        try pipe.close()
        _ = try cluster.coordinator.errors.line { $0.contains("waits") && $0.contains("b.txt: Too many open files") }
        try limit("1024")
        #expect(try cluster.waitForEnd(of: job).state == "completed")
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["first.txt", "b.txt", "c.txt", "d.txt"])
    }

    @Test func aPipeThatNobodyWritesToHoldsNoOtherJobUp() throws {
        try shell("mkfifo pipe.txt")
        try directory.write("A whale.", to: "a.txt")
        try directory.writeJob("score", input: "pipe.txt", output: "pipe.jsonl", to: "pipe.yaml")
        try directory.writeJob("score", input: "a.txt")
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("w")
        let first = try cluster.submit("pipe.yaml")
        let second = try cluster.submit("job.yaml")
        #expect(try cluster.waitForEnd(of: second).state == "completed")
        try shell("printf 'A whale.' > pipe.txt")
        #expect(try cluster.waitForEnd(of: first).documentsDone == 1)
    }
}
