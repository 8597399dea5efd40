import Foundation
import TestSupport
import Testing

/// Jobs that were cut off, by kill -9 or a signal, and taken up again.
@Suite struct RestartTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try LongJob.write(to: directory)
    }

    /// Runs `job.yaml` again, after a part of it was done by one lane.
    private func finish() throws {
        let ended = try Longscan.run(
            ["run", "job.yaml", "--json", "--lanes", "1", "--batch", "1"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        let states = try ended.errors.split(separator: "\n").map { try JSON.decode(ClusterStatus.Job.self, from: $0) }
        // One lane does documents in their order, one by one; what was recorded as done is not done again.
        let done = try #require(states.first).documentsDone
        #expect(done > 0 && done < LongJob.tokenCounts.count)
        #expect(states.last?.documentsDone == LongJob.tokenCounts.count)
        // A worker that is told to leave gives its document back with its state.
        let last = try #require(states.last)
        #expect(last.tokensDone + last.tokensResumed == LongJob.tokenCounts.dropFirst(done).reduce(0, +))
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(!directory.exists("rows.work"))
        #expect(try directory.manifest().counts.tokens == LongJob.tokenCounts.reduce(0, +))
    }

    @Test func killedRunGoesOn() throws {
        let run = try LocalRun(in: directory)
        try run.waitForDocuments(LongJob.tokenCounts.count * 5 / 8)
        let children = run.process.children()
        #expect(children.count == 2)
        // A pipe that only the child writes to is at its end when the child is.
        let pipes = try children.map { try FileHandle(forReadingFrom: URL(filePath: "/proc/\($0)/fd/2")) }
        run.process.send(SIGKILL)
        #expect(try run.process.ended().status == 128 + SIGKILL)
        for (child, pipe) in zip(children, pipes) {
            try LineLog("standard error of child \(child)", reading: pipe).waitForEnd()
        }
        #expect(!directory.exists("rows.manifest.json"))
        try finish()
    }

    @Test func interruptedRunGoesOn() throws {
        let run = try LocalRun(in: directory)
        try run.waitForDocuments(1)
        let children = run.process.children()
        run.process.send(SIGINT)
        let ended = try run.process.ended()
        #expect(ended.status == 130)
        // Nobody is left who could hold the output.
        #expect(children.count == 2 && run.process.children().isEmpty)
        for child in children { #expect(kill(child, 0) == -1) }
        try finish()
    }

    @Test func killedWorkerOfARunIsReplaced() throws {
        let run = try LocalRun(in: directory)
        try run.waitForDocuments(1)
        let workers = run.workers
        #expect(workers.count == 1)
        for worker in workers { kill(worker, SIGKILL) }
        #expect(try run.process.ended().status == 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(try run.progress().last?.documentsDone == LongJob.tokenCounts.count)
    }

    @Test func killedCoordinatorOfARunEndsIt() throws {
        let run = try LocalRun(in: directory)
        try run.waitForDocuments(LongJob.tokenCounts.count * 5 / 8)
        let workers = run.workers
        let coordinators = run.process.children().filter { !workers.contains($0) }
        #expect(coordinators.count == 1)
        for coordinator in coordinators { kill(coordinator, SIGKILL) }
        let ended = try run.process.ended()
        #expect(ended.status == 75)
        #expect(ended.errors.contains("the coordinator ended with status \(128 + SIGKILL)"))
        try finish()
    }

    @Test func killedCoordinatorGoesOnByItself() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("one")
        _ = try cluster.startWorker("two")
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)
        cluster.coordinator.send(SIGKILL)
        #expect(try cluster.coordinator.ended().status == 128 + SIGKILL)
        try cluster.restartCoordinator()
        #expect(try cluster.submit("job.yaml") == id)
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsDone == LongJob.tokenCounts.count)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(try cluster.status().workers.count == 2)
    }
}
