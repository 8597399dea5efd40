import Foundation
import TestSupport
import Testing

/// The coordinator's machine loses its power: what was written and not synchronised is gone.
@Suite struct StorageTests {
    struct Outage: Sendable, CustomTestStringConvertible {
        let rest: ForgetfulDisk.Rest
        var testDescription: String { "\(rest)" }
    }

    static let outages = [ForgetfulDisk.Rest.nothing, .some(seed: 1), .some(seed: 2)].map { Outage(rest: $0) }

    @Test(.enabled(if: TestHooks.areBuilt, TestHooks.why), arguments: outages)
    func aJobSurvivesPowerLosses(outage: Outage) throws {
        let directory = try TemporaryDirectory()
        try ChaosJob.write(to: directory, number: 1)
        let disk = try ForgetfulDisk(for: directory)
        let cluster = try Cluster(in: directory, environment: disk.environment)
        defer { cluster.stop() }
        _ = try cluster.startWorker("one")
        let id = try cluster.submit("job-1.yaml")
        var loss = ForgetfulDisk.Loss()
        // The last one leaves half of the job: were it done before the kill, nothing would be left of it to find.
        for documents in [1, 3, 6, 10, 14] {
            _ = try cluster.waitForStatus { $0.jobs.contains { $0.id == id && $0.documentsDone >= documents } }
            cluster.coordinator.send(SIGKILL)
            #expect(try cluster.coordinator.ended().status == 128 + SIGKILL)
            loss += try disk.losePower(leaving: outage.rest)
            try cluster.restartCoordinator(environment: disk.environment)
            // It was accepted, and stays so.
            do {
                _ = try cluster.waitForStatus { $0.jobs.contains { $0.id == id } }
            } catch {
                throw Failure("the accepted job is gone after \(loss):\n\(cluster.coordinator.errors.text)")
            }
        }
        _ = try cluster.waitForStatus { $0.jobs.contains { $0.id == id && $0.state == "completed_with_errors" } }
        try ChaosJob.expectResult(in: directory, number: 1, "\(loss)")
        #expect(loss.writes > 0 && loss.files.contains("rows-1.jsonl"), "\(loss)")
    }

    /// The library itself: what is synchronised stays, what is not goes.
    @Test(.enabled(if: TestHooks.areBuilt, TestHooks.why))
    func theDiskForgets() throws {
        let directory = try TemporaryDirectory()
        try directory.write("old", to: "kept")
        try directory.write("old", to: "removed")
        try directory.write("replaced", to: "target")
        let disk = try ForgetfulDisk(for: directory)
        let script = """
            put() { printf "$1" | dd status=none oflag=append conv=notrunc of="$2"; }
            truncate -s 0 kept; put new kept; put longer kept; sync kept; put lost kept
            rm removed; mv kept target; mkdir made; put x made/file; put y created; sync created; put z created
            """
        let setting = disk.environment.map { "\($0.key)=\($0.value)" }
        let ended = try RunningProcess("/usr/bin/env", setting + ["bash", "-c", script], in: directory.path).ended()
        #expect(ended.status == 0, "\(ended.errors)")
        let before = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(before == ["created", "made", "target"])
        let loss = try disk.losePower(leaving: .nothing)
        let after = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
        #expect(after == ["kept", "removed", "target"])
        #expect(try directory.bytes("kept") == Array("newlonger".utf8))
        #expect(try directory.bytes("removed") == Array("old".utf8))
        #expect(try directory.bytes("target") == Array("replaced".utf8))
        #expect(loss.writes > 0 && loss.names > 0)
    }
}
