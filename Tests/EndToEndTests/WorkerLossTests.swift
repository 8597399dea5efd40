import Foundation
import TestSupport
import Testing

/// Workers that die or fall silent in the middle of a job.
@Suite struct WorkerLossTests {
    let directory: TemporaryDirectory
    let cluster: Cluster

    init() throws {
        directory = try TemporaryDirectory()
        try LongJob.write(to: directory)
        cluster = try Cluster(in: directory)
    }

    private func isGone(_ name: String) -> (String) -> Bool {
        { $0.contains("a worker is gone") && $0.contains("worker=\(name)") }
    }

    @Test func killedWorkerIsNoticedWithinFiveSeconds() throws {
        defer { cluster.stop() }
        let victim = try cluster.startWorker("victim")
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)
        let kill = ContinuousClock.now
        victim.send(SIGKILL)
        let notice = try cluster.coordinator.errors.line(where: isGone("victim"))
        #expect(kill.duration(to: notice.arrival) <= .seconds(5))
        _ = try cluster.startWorker("heir")
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsMoved > 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
    }

    @Test func pausedWorkerDoesNoHarm() throws {
        defer { cluster.stop() }
        let sleeper = try cluster.startWorker("sleeper")
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)
        sleeper.send(SIGSTOP)
        _ = try cluster.startWorker("other")
        _ = try cluster.coordinator.errors.line(where: isGone("sleeper"))
        let before = cluster.coordinator.errors.count
        sleeper.send(SIGCONT)
        _ = try cluster.coordinator.errors.line(skipping: before) {
            $0.contains("a worker joined") && $0.contains("worker=sleeper")
        }
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsMoved > 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(try cluster.status().workers.count == 2)
    }
}
