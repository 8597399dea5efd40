import Coordination
import Foundation
import JobRuns
import Ledger
import TestSupport
import Testing

/// One long document that is disturbed in its middle, and goes on there.
@Suite struct SnapshotTests {
    private static let chunk = 512
    private static let tokenCount = 60 * chunk + 7

    private let directory: TemporaryDirectory
    private let cluster: Cluster

    init() throws {
        directory = try TemporaryDirectory()
        try Self.write(to: directory)
        cluster = try Cluster(in: directory, options: ["--snapshot-chunks", "1"])
    }

    private static func write(to directory: TemporaryDirectory, dataType: String = "f32") throws {
        try directory.write(Documents.lines(tokenCounts: [tokenCount], seed: 4), to: "documents.jsonl")
        try directory.writeJob(
            "score", model: Longscan.books, options: "dtype: \(dataType)\nscore: {per: token}\nchunk_tokens: \(chunk)")
    }

    private static let undisturbed = Result { try undisturbed(dataType: "f32") }

    private static func undisturbed(dataType: String) throws -> UndisturbedRun {
        try UndisturbedRun { try write(to: $0, dataType: dataType) }
    }

    /// Submits the job to a first worker, and waits until states of its document are on the disk.
    private func begin() throws -> (worker: RunningProcess, job: String) {
        let worker = try cluster.startWorker("first")
        let job = try cluster.submit("job.yaml")
        let status = try cluster.waitForStatus { ($0.jobs.first?.snapshotsWritten ?? 0) >= 3 }
        guard status.jobs.first?.state == "running" else { throw Failure("the job is over before its middle") }
        return (worker, job)
    }

    /// The file of the newest state that counts: of the one that was being written nobody knows.
    private func newestSnapshot(of job: String) throws -> String {
        let paths = JobPaths(output: directory.path("rows.jsonl"))
        let ledger = try JobLedger(path: paths.ledger, job: JobID(job))
        let newest = try #require(try ledger.snapshots().last)
        return paths.snapshot(newest.ordinal, steps: newest.point.steps)
    }

    @Test(arguments: ["f32", "bf16"]) func aKilledWorkersDocumentGoesOnFromItsSnapshot(dataType: String) throws {
        defer { cluster.stop() }
        try Self.write(to: directory, dataType: dataType)
        let (worker, id) = try begin()
        worker.send(SIGKILL)
        _ = try cluster.startWorker("heir")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsMoved == 1)
        // A state comes with each chunk: at most the one that is being written, and a chunk in hand, are done again.
        #expect(job.tokensRecomputed <= 3 * Self.chunk)
        #expect(job.tokensDone - job.tokensRecomputed == Self.tokenCount)
        let undisturbed = try dataType == "f32" ? Self.undisturbed.get() : Self.undisturbed(dataType: dataType)
        #expect(try directory.bytes("rows.jsonl") == undisturbed.rows)
    }

    @Test func aStoppedWorkerGivesItsDocumentBack() throws {
        defer { cluster.stop() }
        let (worker, id) = try begin()
        worker.send(SIGTERM)
        #expect(try worker.ended().status == 0)
        _ = try cluster.startWorker("heir")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.documentsMoved == 1)
        #expect(job.tokensRecomputed == 0)
        #expect(job.tokensDone == Self.tokenCount)
        #expect(try directory.bytes("rows.jsonl") == Self.undisturbed.get().rows)
    }

    @Test func aDocumentGoesOnAfterTheCoordinatorWasKilled() throws {
        defer { cluster.stop() }
        let (_, id) = try begin()
        cluster.coordinator.send(SIGKILL)
        _ = try cluster.coordinator.ended()
        try cluster.restartCoordinator()
        let job = try cluster.waitForEnd(of: id)
        #expect(job.tokensResumed >= 3 * Self.chunk)
        #expect(try cluster.client(["status"]).output.contains("tokens were taken from snapshots"))
        #expect(job.tokensDone + job.tokensResumed == Self.tokenCount)
        #expect(try directory.bytes("rows.jsonl") == Self.undisturbed.get().rows)
    }

    /// One bit, half of the file, or all of it.
    @Test(arguments: ["bit", "half", "file"]) func aDamagedSnapshotIsRefusedByName(damage: String) throws {
        defer { cluster.stop() }
        let (worker, id) = try begin()
        // Nobody goes on with what is damaged before all is damaged.
        worker.send(SIGKILL)
        _ = try worker.ended()
        cluster.coordinator.send(SIGKILL)
        _ = try cluster.coordinator.ended()
        let path = try newestSnapshot(of: id)
        var bytes = try [UInt8](Data(contentsOf: URL(filePath: path)))
        switch damage {
        case "bit":
            bytes[bytes.count - 5] ^= 4
            try Data(bytes).write(to: URL(filePath: path))
        case "half": try Data(bytes[..<(bytes.count / 2)]).write(to: URL(filePath: path))
        default: try FileManager.default.removeItem(atPath: path)
        }
        try cluster.restartCoordinator()
        _ = try cluster.startWorker("second")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed")
        #expect(job.snapshotsRefused == 1)
        _ = try cluster.coordinator.errors.line { $0.contains("a snapshot cannot be used") }
        #expect(try directory.bytes("rows.jsonl") == Self.undisturbed.get().rows)
    }
}
