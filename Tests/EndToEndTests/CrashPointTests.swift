import Foundation
import JobRuns
import Ledger
import TestSupport
import Testing

/// The coordinator dies at every point between a message and its answer, once for each.
@Suite struct CrashPointTests {
    struct Crash: Sendable, CustomTestStringConvertible {
        let point: String
        /// How often the point is passed, this death included.
        var pass = 1

        var testDescription: String { "\(point), pass \(pass)" }

        /// A worker must leave in the middle of a document for it.
        var needsLoss: Bool { point.hasSuffix("restartDocument") || point.hasSuffix("forget") }
    }

    /// Not at late results, strangers, refused messages and snapshots that cannot be read: none comes at will.
    static let crashes =
        CrashPoint.names.filter { name in
            ![" count", " refuse", " rejoin", "discardSnapshot"].contains { name.hasSuffix($0) }
        }.map { Crash(point: $0) }
        + ["messageReceived", "eventStepped", "messageSent", "after record", "before sendStep"].map {
            Crash(point: $0, pass: 10)
        } + [Crash(point: "appendingRows", pass: 5), Crash(point: "rowsAppended", pass: 4)]

    /// - Parameter losesPower: also loses what was not synchronised.
    @Test(.enabled(if: TestHooks.areBuilt, TestHooks.why), arguments: crashes, [false, true])
    func aCoordinatorThatDiesThereGoesOn(crash: Crash, losesPower: Bool) throws {
        let directory = try TemporaryDirectory()
        try OddJob.write(to: directory)
        let disk = try ForgetfulDisk(for: directory)
        var environment = losesPower ? disk.environment : [:]
        environment["LONGSCAN_SNAPSHOT_CHUNKS"] = "1"
        environment["LONGSCAN_CRASH_POINT"] = "\(crash.point):\(crash.pass)"
        let cluster = try Cluster(in: directory, environment: environment)
        defer { cluster.stop() }
        let submit = try cluster.launchSubmit("job.yaml")
        if crash.needsLoss { _ = try cluster.coordinator.errors.line(containing: "a job began") }
        let worker = try cluster.launchWorker("first")
        if crash.needsLoss {
            // It gets documents at once.
            _ = try cluster.coordinator.errors.line(containing: "a worker joined")
            worker.send(SIGTERM)
        }
        #expect(try cluster.coordinator.ended().status == 128 + SIGKILL)
        submit.send(SIGKILL)
        worker.send(SIGKILL)
        if losesPower { _ = try disk.losePower(leaving: .nothing) }

        try cluster.restartCoordinator()
        _ = try cluster.startWorker("second")
        let id = try cluster.submit("job.yaml")
        _ = try cluster.waitForStatus { $0.jobs.contains { $0.id == id && $0.state == "completed_with_errors" } }
        try OddJob.expectResult(in: directory)
        cluster.coordinator.send(SIGTERM)
        #expect(try cluster.coordinator.ended().status == 0)
        // It has nothing left to do at its next start.
        #expect(try CoordinatorLedger(path: directory.path("state/coordinator.sqlite")).jobs().isEmpty)
    }
}
