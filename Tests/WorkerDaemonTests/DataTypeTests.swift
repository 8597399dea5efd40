import Coordination
import Inference
import Jobs
import Logging
import ModelFiles
import Testing
import Threads
import WorkerDaemon
import ZeroMQ

/// A worker that is to compute in one data type alone, and a coordinator that asks it for others.
@Suite struct DataTypeTests {
    @Test(arguments: ["bf16", "fp8", ""]) func aJobOfAnotherDataTypeIsRefused(dataType: String) throws {
        let router = try Socket(.router, in: Context())
        let endpoint = try router.bind(to: "tcp://127.0.0.1:*")
        let started = try Mailbox<WorkerDaemon.StopSwitch>()
        let thread = try OSThread(name: "worker") {
            let daemon = try? WorkerDaemon(
                connect: endpoint, name: "w", lanes: 1,
                device: CPUDevice(), models: ModelPlaces(directory: nil, cache: HubCache(environment: [:])),
                dataTypes: [.f32],
                profile: "p", logger: Logger(label: "w") { _ in SwiftLogNoOpLogHandler() })
            if let daemon { started.post(daemon.stopSwitch) }
            try? daemon?.run()
        }
        let stop = try #require(started.wait(timeout: .seconds(20)))
        let lease = LeaseID(1)
        let grant = LeaseGrant(
            lease: lease, document: DocumentKey(job: JobID("j"), ordinal: 0), documentID: "d",
            task: .score(ScoreOptions()),
            model: ModelReference(directory: "/no/such/model", digest: "sha256:0", dataType: dataType))
        let step = Step(lease: lease, number: 0, work: .read(tokens: [1], isLast: true))
        var refusal: PeerMessage.Refusal?
        while refusal == nil {
            let (peer, said) = try next(from: router)
            if case .hello = said {
                for message in [.welcome, .lease(grant), .step(step)] as [CoordinatorMessage] {
                    _ = try router.send([peer] + FrameCoding.frames(of: message).map { Frame($0) })
                }
            }
            if case .refusal(let said) = said { refusal = said }
        }
        #expect(
            refusal
                == .init(
                    lease: lease,
                    failure: Failure(
                        code: "data_type", message: "this worker computes in f32, the job in \(dataType)")))
        stop.stop()
        thread.join()
    }

    private func next(from router: borrowing Socket) throws -> (peer: Frame, said: PeerMessage) {
        while true {
            if let message = try router.receive() {
                return (message.frames[0], try FrameCoding.peerMessage(from: message.frames.dropFirst().map(\.bytes)))
            }
            var poller = Poller()
            _ = poller.add(router)
            guard try !poller.wait(timeout: .seconds(20)).isEmpty else { throw Silence() }
        }
    }

    private struct Silence: Error {}
}
