import Foundation
import TestSupport
import Testing

/// Nothing that a document or a job says leads out of the output and its work directory.
@Suite struct PathTests {
    private static let ids = [
        "../../evil", "/evil", "..", ".", "a/b/c", "evil\\u0000", "rows.jsonl", "~/evil", "$(touch evil)", "evil\\n",
    ]

    /// Ids are text in rows; files are named after ordinals.
    @Test(arguments: ["embed", "generate", "score"])
    func idsAreNoFileNames(task: String) throws {
        let directory = try TemporaryDirectory()
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        // Long enough for spools that go to files.
        let long = Documents.line("../long", tokens: Documents.tokens(20_000, seed: 3))
        let lines = Self.ids.map { "{\"id\":\"\($0)\",\"text\":\"A whale.\"}\n" }
        try directory.write(long + lines.joined(), to: "in/documents.jsonl")
        let options = task == "generate" ? "generate: {max_tokens: 4}" : ""
        try directory.writeJob(
            task, model: "tiny", input: "in/documents.jsonl", output: "deep/out/rows.jsonl", options: options)
        let before = try files(directory)
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 0 || ended.status == 2, "\(ended.errors)")
        let made = try files(directory).subtracting(before)
        let allowed: Set = ["rows.jsonl", "rows.errors.jsonl", "rows.manifest.json", "rows.documents"]
        #expect(made.contains("deep/out/rows.jsonl"))
        #expect(made.isSubset(of: Set(["deep", "deep/out"] + allowed.map { "deep/out/" + $0 })), "\(made)")
        #expect(!FileManager.default.fileExists(atPath: "/evil"))
        // One directory up from the test's own.
        #expect(!FileManager.default.fileExists(atPath: directory.path("../evil")))
        struct Row: Decodable { let id: String }
        let rows: [Row] = try directory.rows("deep/out/rows.jsonl")
        #expect(rows.first?.id == "../long" && rows.contains { $0.id == "../../evil" })
    }

    private func files(_ directory: TemporaryDirectory) throws -> Set<String> {
        Set(try FileManager.default.subpathsOfDirectory(atPath: directory.path))
    }

    /// Wherever a command is started, and wherever a job lies.
    @Test func parentDirectoriesAreResolved() throws {
        let directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "docs/a.txt")
        try directory.write("{}", to: "elsewhere/none")
        try directory.writeJob("score", input: "../docs/*.txt", output: "../out/rows.jsonl", to: "jobs/job.yaml")
        func run(_ arguments: String..., in place: String) throws {
            let ended = try Longscan.run(["run", "--quiet"] + arguments, in: directory.path(place))
            #expect(ended.status == 0, "\(arguments): \(ended.errors)")
        }
        try run("job.yaml", in: "jobs")
        try run("../jobs/job.yaml", "--output", "../out/second.jsonl", in: "elsewhere")
        for name in ["rows", "second"] {
            struct Row: Decodable { let id: String }
            let rows: [Row] = try directory.rows("out/\(name).jsonl")
            #expect(rows.map(\.id) == ["../docs/a.txt"])
        }
        #expect(try directory.manifest("out/rows.manifest.json").inputs.map(\.path) == [directory.path("docs/a.txt")])
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("one")
        try directory.writeJob("score", input: "../docs/*.txt", output: "../out/third.jsonl", to: "jobs/third.yaml")
        #expect(try cluster.waitForEnd(of: cluster.submit("elsewhere/../jobs/third.yaml")).state == "completed")
        #expect(try directory.bytes("out/third.jsonl") == directory.bytes("out/rows.jsonl"))
    }
}
