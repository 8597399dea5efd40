import Coordination
import Inference
import Logging
import ModelFiles
import Testing
import Threads
import WorkerDaemon
import ZeroMQ

@Suite struct JoiningTests {
    /// What is said before there is a connection waits for it: a worker need not say it again a second later.
    @Test func aWorkerIsHeardAsSoonAsItIsConnected() throws {
        // One of a few, as another process may hold the processors.
        let times = try (0..<4).map { _ in try timeToHello() }
        #expect(times.contains { $0 < Limits.heartbeatInterval * 0.9 }, "\(times)")
    }

    private func timeToHello() throws -> Duration {
        // A router of its own: the farewell of the worker before may come late.
        let router = try Socket(.router, in: Context())
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        let start = ContinuousClock.now
        let worker = try Mailbox<WorkerDaemon.StopSwitch>()
        let thread = try OSThread(name: "worker") {
            let daemon = try? WorkerDaemon(
                connect: endpoint, name: "w", lanes: 1,
                device: CPUDevice(), models: ModelPlaces(directory: nil, cache: HubCache(environment: [:])),
                profile: "p",
                logger: Logger(label: "w") { _ in SwiftLogNoOpLogHandler() })
            if let daemon { worker.post(daemon.stopSwitch) }
            try? daemon?.run()
        }
        let stop = try #require(worker.wait(timeout: .seconds(20)))
        var poller = Poller()
        _ = poller.add(router)
        _ = try poller.wait(timeout: .seconds(20))
        let time = start.duration(to: .now)
        let message = try #require(try router.receive())
        let said = try FrameCoding.peerMessage(from: message.frames.dropFirst().map(\.bytes))
        guard case .hello = said else {
            Issue.record("a worker says \(said) first")
            return .seconds(20)
        }
        stop.stop()
        thread.join()
        return time
    }
}
