import Foundation
import TestSupport
import Testing

/// The same command once more, after inputs, model or files beside the rows have changed.
@Suite struct RerunTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "in/a.txt")
    }

    private func run(_ options: String...) throws -> Ended {
        try Longscan.run(["run", "job.yaml"] + options, in: directory.path)
    }

    private func ids() throws -> [String] {
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        return rows.map(\.id)
    }

    @Test func changedInputsAreToldAndUpdated() throws {
        try directory.writeJob("score", input: "in")
        #expect(try run().status == 0)
        let first = try directory.bytes("rows.jsonl")
        try directory.write("Another document.", to: "in/b.txt")

        let refused = try run()
        #expect(refused.status == 65)
        #expect(refused.errors.contains("1 input new (in/b.txt)") && refused.errors.contains("--update"))
        #expect(try directory.bytes("rows.jsonl") == first)

        let forecast = try run("--dry-run")
        #expect(forecast.status == 65)
        #expect(forecast.output.contains("1 would be kept, 0 have changed, 1 are new"))

        let updated = try run("--update")
        #expect(updated.status == 0 && updated.errors.contains("score: 2 documents, "))
        #expect(try ids() == ["in/a.txt", "in/b.txt"])
        #expect(try run().errors.contains("done before"))
        #expect(try run("--dry-run").output.contains("done before, nothing to do"))

        let rows = try directory.bytes("rows.jsonl")
        #expect(try run("--again").status == 0)
        #expect(try directory.bytes("rows.jsonl") == rows)
        #expect(try run("--again", "--update").status == 64)
    }

    @Test func aReplacedModelIsTold() throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        try directory.write("{\"tokens\":[1,2,3]}\n", to: "documents.jsonl")
        try directory.writeJob("score", model: "tiny")
        #expect(try run().status == 0)
        let first = try directory.bytes("rows.jsonl")
        try FileManager.default.removeItem(atPath: directory.path("tiny"))
        try TinyModel.write(to: directory.path("tiny"), seed: 2)
        let refused = try run()
        #expect(refused.status == 65 && refused.errors.contains("another model"))
        #expect(try run("--update").status == 0)
        #expect(try directory.bytes("rows.jsonl") != first)
    }

    @Test func repairedErrorRowsAreDoneAlone() throws {
        try directory.write([0x63, 0xE9], to: "in/b.txt")
        try directory.writeJob("score", input: "in")
        #expect(try run().status == 2)
        try directory.write("café", to: "in/b.txt")
        #expect(try run("--update").status == 0)
        #expect(try ids() == ["in/a.txt", "in/b.txt"])
        #expect(!directory.exists("rows.errors.jsonl"))
    }

    @Test func aJobThatItsErrorRowsStoppedGoesOn() throws {
        try directory.write([0x63, 0xE9], to: "in/b.txt")
        try directory.writeJob("score", input: "in", options: "max_errors: 0")
        #expect(try run().status == 1)
        #expect(try run("--set", "max_errors=1").status == 2)
        for name in ["rows.jsonl", "rows.errors.jsonl", "rows.documents", "rows.manifest.json"] {
            try FileManager.default.removeItem(atPath: directory.path(name))
        }
        #expect(try run().status == 1)
        try directory.write("café", to: "in/b.txt")
        #expect(try run().status == 0)
        #expect(try ids() == ["in/a.txt", "in/b.txt"])
    }

    @Test func filesOfSomebodyElseStay() throws {
        try directory.write("years of work", to: "rows.work/chapter1.tex")
        try directory.writeJob("score", input: "in")
        let refused = try run()
        #expect(refused.status == 73)
        #expect(refused.errors.contains("\(directory.path("rows.work")) exists and is not of this job"))
        #expect(try directory.bytes("rows.work/chapter1.tex") == Array("years of work".utf8))
    }

    @Test func submitSaysWhatBecomesOfAJob() throws {
        try directory.writeJob("score", input: "in")
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("worker")
        #expect(try cluster.client(["submit", "job.yaml"]).errors.contains(": accepted → "))
        _ = try cluster.waitForStatus { $0.jobs.first?.state == "completed" }
        #expect(try cluster.client(["submit", "job.yaml"]).errors.contains(": done before → "))
        try directory.write("The whale.", to: "in/a.txt")
        let refused = try cluster.client(["submit", "job.yaml"])
        #expect(refused.status == 65 && refused.errors.contains("1 input changed (in/a.txt)"))
        #expect(try cluster.client(["submit", "job.yaml", "--again"]).status == 0)
        _ = try cluster.waitForStatus { $0.jobs.first?.state == "completed" }
        #expect(try cluster.client(["submit", "job.yaml"]).errors.contains(": done before → "))
    }
}
