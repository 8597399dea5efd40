import Foundation
import TestSupport
import Testing

/// A coordinator that is gone when a job was handed in and not yet accepted.
@Suite struct SubmitTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write(Documents.lines(tokenCounts: [5]), to: "documents.jsonl")
        try directory.writeJob("score")
    }

    /// It opens a model, which has no end here, when it is killed or stands still.
    @Test(.timeLimit(.minutes(3)), arguments: [SIGKILL, SIGSTOP]) func aCoordinatorThatIsGoneIs69(signal: Int32) throws
    {
        try FileManager.default.createDirectory(atPath: directory.path("endless"), withIntermediateDirectories: true)
        try RunningProcess("/usr/bin/mkfifo", [directory.path("endless/config.json")]).ended()
        try directory.writeJob("score", model: "endless")
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        let submit = try cluster.launchSubmit("job.yaml")
        // There is a writer when there is a reader.
        let pipe = try FileHandle(forWritingTo: URL(filePath: directory.path("endless/config.json")))
        defer { try? pipe.close() }
        let start = ContinuousClock.now
        cluster.coordinator.send(signal)
        let ended = try submit.ended()
        #expect(ended.status == 69 && ended.output.isEmpty)
        #expect(
            ended.errors
                == "longscan: the coordinator at \(cluster.endpoint) was gone before it answered, and for 5 seconds after that\n"
        )
        // Silence is noticed within 6 seconds; the rest is for a busy machine.
        #expect(start.duration(to: .now) < .seconds(30))
    }

    /// Whoever starts a dead coordinator again need not hand in again what it had not accepted.
    @Test(.enabled(if: TestHooks.areBuilt, TestHooks.why)) func aCoordinatorThatIsBackIsAskedAgain() throws {
        // The first message is of somebody who looks whether it is there.
        let cluster = try Cluster(in: directory, environment: ["LONGSCAN_CRASH_POINT": "messageReceived:2"])
        defer { cluster.stop() }
        let submit = try cluster.launchSubmit("job.yaml")
        #expect(try cluster.coordinator.ended().status == 128 + SIGKILL)
        try cluster.restartCoordinator()
        let ended = try submit.ended()
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try cluster.status().jobs.map(\.id) == [ended.output.trimmingCharacters(in: .whitespacesAndNewlines)])
    }
}
