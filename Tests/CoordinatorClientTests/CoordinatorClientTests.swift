import Coordination
import CoordinatorClient
import TestSupport
import Testing
import Threads
import ZeroMQ

@Suite struct CoordinatorClientTests {
    /// A coordinator that answers the first question when the second one has come, and then that one.
    private static func answerLate(_ endpoints: Mailbox<String>) throws {
        let socket = try Socket(.router, in: Context(), options: SocketOptions())
        endpoints.post(try socket.bind(to: "tcp://127.0.0.1:*"))
        var poller = Poller()
        _ = poller.add(socket)
        var peers: [Frame] = []
        while peers.count < 2 {
            guard try !poller.wait(timeout: patience).isEmpty else { return }
            while let message = try socket.receive() { peers += message.frames.prefix(1) }
        }
        for (number, peer) in peers.enumerated() {
            let job = JobStatus(
                id: JobID("\(number)"), task: "score", output: "/o", state: .running, inputBytesTotal: 0)
            let answer = CoordinatorMessage.status(ClusterStatus(jobs: [job], workers: []))
            _ = try? socket.send([peer] + FrameCoding.frames(of: answer).map { Frame($0) })
        }
        // Until the client has its answer, and closes.
        _ = endpoints.wait()
    }

    @Test func aLateAnswerIsNoneToTheNextQuestion() throws {
        let endpoints = try Mailbox<String>()
        let coordinator = try OSThread(name: "late") { try? Self.answerLate(endpoints) }
        let endpoint = try #require(endpoints.wait(timeout: patience))
        let client = try CoordinatorClient(endpoint: endpoint, patience: .seconds(1))
        #expect(throws: CoordinatorClient.Failure.self) { try client.status() }
        let status = try client.status()
        #expect(status.jobs.map(\.id) == [JobID("1")])
        endpoints.close()
        coordinator.join()
    }
}
