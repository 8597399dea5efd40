import Foundation
import TestSupport
import Testing

/// Coordinator, workers and clients as processes of their own.
@Suite struct ClusterTests {
    let directory: TemporaryDirectory
    let cluster: Cluster

    init() throws {
        directory = try TemporaryDirectory()
        cluster = try Cluster(in: directory)
        try TinyModel.write(to: directory.path("models/tiny"), seed: 1)
        try directory.write(Documents.lines(tokenCounts: [300, 1, 2000]), to: "documents.jsonl")
        try directory.writeJob("score", model: "models/tiny")
    }

    @Test func submittedJobIsDoneOnce() throws {
        defer { cluster.stop() }
        _ = try cluster.startWorker("one")
        _ = try cluster.startWorker("two")
        let id = try cluster.submit("job.yaml")
        #expect(id.count == 64)
        #expect(try cluster.submit("job.yaml") == id)
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.task == "score" && job.output == directory.path("rows.jsonl"))
        #expect(job.documentsDone == 3 && job.documentsFailed == 0 && job.documentsTotal == 3 && job.tokensDone == 2301)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["d0", "d1", "d2"])
        #expect(try directory.manifest().jobId == id)

        let bytes = try directory.bytes("rows.jsonl")
        #expect(try cluster.submit("job.yaml") == id)
        let status = try cluster.status()
        #expect(status.jobs.map(\.id) == [id] && status.jobs[0].state == "completed")
        #expect(Set(status.workers.map(\.name)) == ["one", "two"] && status.workers.allSatisfy { $0.lanes == 1 })
        #expect(try directory.bytes("rows.jsonl") == bytes)
        // `run` finds the same job done.
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 0 && ended.errors.contains("done before"))
    }

    @Test func statusIsForPeopleToo() throws {
        defer { cluster.stop() }
        _ = try cluster.startWorker("one")
        let id = try cluster.submit("job.yaml")
        _ = try cluster.waitForEnd(of: id)
        let table = try cluster.client(["status"])
        #expect(table.status == 0 && table.output.hasPrefix("1 jobs, 1 workers\n"))
        #expect(table.output.contains("job \(id.prefix(12))  score  completed 100%\n    3 of 3 documents, "))
        let long = table.output.split(separator: "\n").filter { $0.count > 80 && !$0.contains(directory.path) }
        #expect(long.isEmpty, "\(long)")
        #expect(try cluster.client(["status", String(id.prefix(6))]).output.contains(id.prefix(12)))
        let unknown = try cluster.client(["status", "0123"])
        #expect(unknown.status == 66 && unknown.errors.contains("0123"))
    }

    @Test func anotherModelOfTheSameNameIsRefused() throws {
        defer { cluster.stop() }
        try TinyModel.write(to: directory.path("others/tiny"), seed: 2)
        let bad = try cluster.startWorker("bad", ["--model-dir", directory.path("others")])
        let id = try cluster.submit("job.yaml")
        let refusal = try cluster.coordinator.errors.line(containing: "a worker refused a job").text
        let stalled = try cluster.waitForStatus { $0.jobs.contains { $0.failure != nil } }
        let failure = try #require(stalled.jobs.first?.failure)
        #expect(stalled.jobs.first?.state == "running")
        #expect(failure.reason == "bad_configuration")
        for message in [refusal, failure.failure.message] {
            #expect(message.contains(directory.path("others/tiny")))
            #expect(message.split(separator: "sha256:").count == 3)
        }
        _ = try cluster.startWorker("good")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.failure == nil)
        #expect(failure.failure.message.contains(try directory.manifest().modelDigest))
        // It stays for other jobs.
        #expect(try cluster.status().workers.map(\.name) == ["bad", "good"])
        bad.send(SIGTERM)
        #expect(try bad.ended().status == 0)
    }

    @Test func aJobOfAnotherDataTypeIsRefused() throws {
        defer { cluster.stop() }
        _ = try cluster.startWorker("narrow", ["--dtype", "f32"])
        try directory.writeJob("score", model: "models/tiny", options: "dtype: bf16")
        let id = try cluster.submit("job.yaml")
        let stalled = try cluster.waitForStatus { $0.jobs.contains { $0.failure != nil } }
        let failure = try #require(stalled.jobs.first?.failure)
        #expect(stalled.jobs.first?.state == "running" && failure.reason == "bad_configuration")
        #expect(failure.failure.code == "data_type")
        #expect(failure.failure.message == "worker narrow: this worker computes in f32, the job in bf16")
        _ = try cluster.startWorker("wide")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.failure == nil)
        let manifest = try directory.manifest()
        #expect(manifest.dtype == "bf16" && manifest.profiles.map(\.documents) == [3])
        // The same in float32 is another job.
        try directory.writeJob("score", model: "models/tiny", output: "f32.jsonl")
        let other = try cluster.submit("job.yaml")
        #expect(other != id)
        #expect(try cluster.waitForEnd(of: other).state == "completed")
        #expect(try directory.manifest("f32.manifest.json").dtype == "f32")
        #expect(try directory.bytes("f32.jsonl") != directory.bytes("rows.jsonl"))
    }

    @Test func refusedJobSaysWhy() throws {
        defer { cluster.stop() }
        try directory.writeJob("score", model: "models/none", to: "none.yaml")
        let ended = try cluster.client(["submit", "none.yaml"])
        #expect(ended.status == 66 && ended.errors.contains(directory.path("models/none")))
        #expect(try cluster.status().jobs.isEmpty)
    }

    @Test func runWithAnotherModelEnds() throws {
        cluster.stop()
        try TinyModel.write(to: directory.path("others/tiny"), seed: 2)
        let ended = try Longscan.run(["run", "job.yaml", "--model-dir", "others"], in: directory.path)
        #expect(ended.status == 78)
        #expect(ended.errors.split(separator: "sha256:").count >= 3)
    }

    @Test func stoppedWorkerSaysGoodbye() throws {
        defer { cluster.stop() }
        let worker = try cluster.startWorker("one")
        worker.send(SIGTERM)
        #expect(try worker.ended().status == 0)
        _ = try cluster.coordinator.errors.line(containing: "a worker is gone")
        #expect(try cluster.status().workers.isEmpty)
        cluster.coordinator.send(SIGINT)
        #expect(try cluster.coordinator.ended().status == 0)
    }
}
