import Foundation
import TestSupport
import Testing

/// Jobs that a coordinator has accepted: where they may read and write, their order, and what becomes of one whose
/// files are away.
@Suite struct AcceptedJobTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(Documents.lines(tokenCounts: [300, 20], seed: 3), to: "documents.jsonl")
    }

    private func write(_ name: String, model: String = Longscan.books) throws {
        try directory.writeJob("embed", model: model, output: "\(name).jsonl", to: "\(name).yaml")
    }

    @Test func jobsKeepTheirOrderOverARestart() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let names = ["e", "b", "d", "a", "c"]
        for name in names { try write(name) }
        let ids = try names.map { try cluster.submit("\($0).yaml") }
        for _ in 0..<2 {
            cluster.coordinator.send(SIGKILL)
            try cluster.coordinator.ended()
            try cluster.restartCoordinator()
            let status = try cluster.waitForStatus { $0.jobs.count { $0.state == "running" } == ids.count }
            #expect(status.jobs.map(\.id) == ids)
        }
        _ = try cluster.startWorker("w")
        for id in ids { #expect(try cluster.waitForEnd(of: id).state == "completed") }
    }

    @Test(arguments: ["model", "documents.jsonl"])
    func aJobWhoseFilesAreAwayStaysListedAndGoesOnWhenTheyAreBack(file: String) throws {
        try TinyModel.write(to: directory.path("model"), seed: 1)
        try write("job", model: directory.path("model"))
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let id = try cluster.submit("job.yaml")
        cluster.coordinator.send(SIGKILL)
        try cluster.coordinator.ended()
        let files = FileManager.default
        try files.moveItem(atPath: directory.path(file), toPath: directory.path("elsewhere"))
        try cluster.restartCoordinator()
        let waiting = try cluster.waitForStatus { $0.jobs.contains { $0.failure != nil } }.jobs
        #expect(waiting.map(\.id) == [id] && waiting.map(\.state) == ["waiting"])
        #expect(waiting.first?.failure?.failure.message.contains(directory.path(file)) == true)
        // Asked again, it says why, and stays.
        let refused = try cluster.client(["submit", "job.yaml"])
        #expect([65, 66].contains(refused.status), "\(refused.errors)")
        #expect(refused.errors.contains(directory.path(file)), "\(refused.errors)")

        try files.moveItem(atPath: directory.path("elsewhere"), toPath: directory.path(file))
        _ = try cluster.startWorker("w")
        #expect(try cluster.waitForEnd(of: id).state == "completed")
    }

    @Test func clientsReadAndWriteBelowTheRootsAlone() throws {
        let options = ["--input-root", directory.path("in"), "--input-root", Longscan.books]
        for folder in ["in", "out"] {
            try FileManager.default.createDirectory(
                atPath: directory.path(folder), withIntermediateDirectories: true)
        }
        try directory.write(Documents.lines(tokenCounts: [30], seed: 3), to: "in/documents.jsonl")
        let cluster = try Cluster(in: directory, options: options + ["--output-root", directory.path("out")])
        defer { cluster.stop() }
        try directory.writeJob("embed", input: "in/*.jsonl", output: "out/rows.jsonl", to: "good.yaml")
        try directory.writeJob("embed", input: "documents.jsonl", output: "out/rows-2.jsonl", to: "reads.yaml")
        try directory.writeJob("embed", input: "no-documents.jsonl", output: "out/rows-3.jsonl", to: "probes.yaml")
        try directory.writeJob("embed", input: "in/*.jsonl", output: "rows.jsonl", to: "writes.yaml")
        let id = try cluster.submit("good.yaml")
        for (job, option) in [("reads", "--input-root"), ("probes", "--input-root"), ("writes", "--output-root")] {
            let refused = try cluster.client(["submit", "\(job).yaml"])
            #expect(refused.status == 77 && refused.errors.contains(option), "\(refused.errors)")
            #expect(refused.errors.contains("outside of what clients"))
        }
        _ = try cluster.startWorker("w")
        #expect(try cluster.waitForEnd(of: id).state == "completed")
        #expect(!directory.exists("rows.jsonl"))
    }
}
