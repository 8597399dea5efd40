import Coordination
import Jobs
import Testing

/// What is sent is what arrives.
@Suite struct RoundTripTests {
    /// A worker of an earlier version says nothing of its passes.
    @Test func aHelloWithoutPassesIsOfACPU() throws {
        let header = #"{"attempt":0,"batch":3,"credit":8,"instance":7,"lanes":2,"name":"n","profile":"p"}"#
        let frames = [FrameCoding.protocolName, "hello", header].map { Array($0.utf8) }
        let hello = PeerMessage.Hello(
            name: "n", instance: 7, lanes: 2, batch: 3, credit: 8, rowsPerPass: 256, stateBytes: 2 << 30, profile: "p")
        #expect(try FrameCoding.peerMessage(from: frames) == .hello(hello))
    }

    @Test(arguments: ExampleMessages.peer.map(\.name)) func peerMessagesComeThrough(name: String) throws {
        let message = try #require(ExampleMessages.peer.first { $0.name == name }).message
        #expect(try FrameCoding.peerMessage(from: FrameCoding.frames(of: message)) == message)
    }

    @Test(arguments: ExampleMessages.coordinator.map(\.name)) func coordinatorMessagesComeThrough(name: String) throws {
        let message = try #require(ExampleMessages.coordinator.first { $0.name == name }).message
        #expect(try FrameCoding.coordinatorMessage(from: FrameCoding.frames(of: message)) == message)
    }

    @Test func examplesAreOfEveryKind() {
        let peer = Set(
            ExampleMessages.peer.map { String(decoding: FrameCoding.frames(of: $0.message)[1], as: UTF8.self) })
        #expect(
            peer == ["hello", "heartbeat", "result", "refusal", "drain", "handback", "goodbye", "submit", "status"])
        let coordinator = Set(
            ExampleMessages.coordinator.map { String(decoding: FrameCoding.frames(of: $0.message)[1], as: UTF8.self) })
        #expect(
            coordinator == [
                "welcome", "rejoin", "heartbeat", "lease", "step", "release", "accepted", "status", "refused",
            ])
    }

    @Test func aMessageHasTheSameBytesEachTime() {
        for (name, message) in ExampleMessages.peer {
            #expect(FrameCoding.frames(of: message) == FrameCoding.frames(of: message), "\(name)")
        }
    }

    @Test func numbersThatAreNoneComeThroughToTheBit() throws {
        let signalling = Float(bitPattern: 0x7F80_0123)
        let sent = StepOutput(
            embeddings: [.init(window: 0, tokens: 0..<1, vector: [.nan, signalling, -0.0])],
            tokenLogProbabilities: [.nan, -.nan, -.infinity],
            negativeLogLikelihood: Double(bitPattern: 0xFFF8_0000_0000_0001),
            generated: .init(tokens: [1], logProbabilities: [.nan]))
        let message = PeerMessage.result(StepResult(lease: ExampleMessages.lease, number: 0, outcome: .output(sent)))
        guard case .result(let result) = try FrameCoding.peerMessage(from: FrameCoding.frames(of: message)),
            case .output(let received) = result.outcome
        else {
            Issue.record("the result did not arrive as one")
            return
        }
        #expect(received.embeddings[0].vector.map(\.bitPattern) == sent.embeddings[0].vector.map(\.bitPattern))
        #expect(received.tokenLogProbabilities.map(\.bitPattern) == sent.tokenLogProbabilities.map(\.bitPattern))
        #expect(received.negativeLogLikelihood.bitPattern == sent.negativeLogLikelihood.bitPattern)
        #expect(received.generated?.logProbabilities[0].bitPattern == sent.generated?.logProbabilities[0].bitPattern)
    }

    @Test func leasesOfEveryStartComeThrough() throws {
        // JSON's numbers are often read as doubles, which hold 53 bits.
        for token in [0, 1, 1 << 53 + 1, UInt64.max - 1, .max] {
            let message = CoordinatorMessage.release(LeaseID(token))
            #expect(try FrameCoding.coordinatorMessage(from: FrameCoding.frames(of: message)) == message)
        }
    }

    @Test func leasesSayTheirStartAndSerial() {
        #expect(LeaseID(epoch: 3, serial: 17).description == "lease 3.17")
        #expect(LeaseID(epoch: 3, serial: 17).token == 3 << 32 + 17)
        #expect(LeaseID(epoch: 2, serial: .max) < LeaseID(epoch: 3, serial: 0))
    }

    @Test func documentsAndJobsAreNamedForPeople() {
        let job = JobID("0123456789abcdef")
        #expect(job.description == "0123456789ab")
        #expect(DocumentKey(job: job, ordinal: 5).description == "0123456789ab/5")
        #expect(WorkerID(4).description == "worker 4")
    }
}
