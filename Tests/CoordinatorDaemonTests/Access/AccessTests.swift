import Coordination
import CoordinatorClient
import CoordinatorDaemon
import Jobs
import TestSupport
import Testing
import ZeroMQ

/// Who is let in, and what they may do, seen from outside by real sockets.
@Suite struct AccessTests {
    let ring: KeyRing
    let worker: Curve.KeyPair
    let client: Curve.KeyPair

    init() throws {
        ring = try KeyRing()
        worker = try .generate()
        client = try .generate()
    }

    private func coordinator() throws -> RunningCoordinator {
        try RunningCoordinator(access: ring.access(AllowList([("worker", worker), ("client", client)])))
    }

    private static let hello = PeerMessage.Hello(name: "w", instance: 7, lanes: 1, credit: 2, profile: "p")
    private static let job = Job(
        task: .score(ScoreOptions()), model: "/m", inputs: [.init(asGiven: "a.txt", path: "/a.txt")],
        output: "/rows.jsonl")
    private static let ofWorkers: [PeerMessage] = [
        .hello(hello), .heartbeat(.init(progress: [])), .goodbye,
        .refusal(.init(lease: LeaseID(1), failure: .init(code: "a", message: "b"))),
        .result(StepResult(lease: LeaseID(1), number: 0, outcome: .output(StepOutput()))),
    ]
    private static let ofClients: [PeerMessage] = [.submit(.init(job: job)), .status(.init())]

    @Test func workersAndClientsAreLetIn() throws {
        let coordinator = try coordinator()
        let worker = try RawPeer(coordinator, ring.keys(of: worker))
        #expect(try worker.ask(.hello(Self.hello)) == .welcome)
        let client = try RawPeer(coordinator, ring.keys(of: client))
        let status = try client.status()
        #expect(status.workers.map(\.name) == ["w"])
        #expect(status.refused == nil)
    }

    @Test func anUnknownKeyIsRefused() throws {
        let coordinator = try coordinator()
        let stranger = try RawPeer(coordinator, ring.keys(of: .generate()))
        #expect(try !stranger.isConnected(within: glimpse))
        let client = try RawPeer(coordinator, ring.keys(of: client))
        _ = try client.status { ($0.refused?["unknown_key"] ?? 0) > 0 }
    }

    @Test func aPlainPeerIsRefused() throws {
        let coordinator = try coordinator()
        let plain = try RawPeer(coordinator)
        #expect(try !plain.isConnected(within: glimpse))
        let client = try RawPeer(coordinator, ring.keys(of: client))
        _ = try client.status { ($0.refused?["handshake"] ?? 0) > 0 }
    }

    @Test func whoKnowsAnotherCoordinatorIsRefused() throws {
        let coordinator = try coordinator()
        let lost = try RawPeer(coordinator, KeyRing().keys(of: client))
        #expect(try !lost.isConnected(within: glimpse))
    }

    @Test func clientsLearnWhyAtOnce() throws {
        let coordinator = try coordinator()
        let stranger = try Curve.KeyPair.generate()
        let unknown = try CoordinatorClient(endpoint: coordinator.endpoint, keys: ring.keys(of: stranger))
        let error = try #require(throws: CoordinatorClient.Failure.self) { try unknown.status() }
        #expect(error == .keyRefused(endpoint: coordinator.endpoint, key: "\(stranger.publicKey)"))
        #expect(error.reason == .notAllowed)
        withExtendedLifetime(coordinator) {}
    }

    @Test func aWorkersKeyIsNoClients() throws {
        let coordinator = try coordinator()
        let worker = try RawPeer(coordinator, ring.keys(of: worker))
        for message in Self.ofClients {
            let refused = try #require(try worker.ask(message).refused)
            #expect(refused.failure.code == "wrong_role" && refused.reason == .notAllowed)
            #expect(refused.failure.message.contains("user-0"))
        }
        let client = try RawPeer(coordinator, ring.keys(of: client))
        let status = try client.status()
        #expect(status.jobs.isEmpty && status.refused == ["wrong_role": Self.ofClients.count])
    }

    @Test func aClientsKeyIsNoWorkers() throws {
        let coordinator = try coordinator()
        let client = try RawPeer(coordinator, ring.keys(of: client))
        for message in Self.ofWorkers {
            let refused = try #require(try client.ask(message).refused)
            #expect(refused.failure.code == "wrong_role" && refused.reason == .notAllowed)
        }
        let status = try client.status()
        #expect(status.workers.isEmpty && status.refused == ["wrong_role": Self.ofWorkers.count])
    }

    @Test func withoutKeysEverybodyIsBoth() throws {
        let coordinator = try RunningCoordinator()
        let peer = try RawPeer(coordinator)
        #expect(try peer.ask(.hello(Self.hello)) == .welcome)
        #expect(try peer.status().workers.count == 1)
    }

    /// libzmq keeps the connection of a key that is taken off the list: every message on it is refused.
    @Test func aRevokedWorkerIsGone() throws {
        let coordinator = try coordinator()
        let worker = try RawPeer(coordinator, ring.keys(of: worker))
        #expect(try worker.ask(.hello(Self.hello)) == .welcome)
        coordinator.allowList.use(try AllowList([("client", client)]))
        #expect(try worker.refusal().failure.code == "not_allowed")
        for message in Self.ofWorkers {
            let refused = try #require(try worker.ask(message).refused)
            #expect(refused.failure.code == "not_allowed" && refused.reason == .notAllowed)
        }
        let client = try RawPeer(coordinator, ring.keys(of: client))
        let status = try client.status()
        #expect(status.workers.isEmpty)
        #expect(status.refused == ["not_allowed": 1 + Self.ofWorkers.count])
    }

    @Test func aNameOnAnotherKeyLetsNoOldConnectionThrough() throws {
        let coordinator = try coordinator()
        let old = try RawPeer(coordinator, ring.keys(of: worker))
        #expect(try old.ask(.hello(Self.hello)) == .welcome)
        let successor = try Curve.KeyPair.generate()
        coordinator.allowList.use(try AllowList([("worker", successor), ("client", client)]))
        #expect(try old.refusal().failure.code == "not_allowed")
        let new = try RawPeer(coordinator, ring.keys(of: successor))
        #expect(try new.ask(.hello(Self.hello)) == .welcome)
        #expect(try old.ask(.heartbeat(.init(progress: []))).refused?.failure.code == "not_allowed")
    }

    @Test func aRoleThatIsTakenAwayEndsTheSession() throws {
        let coordinator = try coordinator()
        let peer = try RawPeer(coordinator, ring.keys(of: worker))
        #expect(try peer.ask(.hello(Self.hello)) == .welcome)
        coordinator.allowList.use(try AllowList([("client", worker)]))
        _ = try peer.refusal()
        #expect(try peer.status().workers.isEmpty)
    }

    /// What a hello says of itself is no proof: another user's worker cannot be ended by its instance.
    @Test func anotherUsersInstanceTakesNoPlace() throws {
        let thief = try Curve.KeyPair.generate()
        let list = try AllowList([("worker", worker), ("worker", thief), ("client", client)])
        let coordinator = try RunningCoordinator(access: ring.access(list))
        let worker = try RawPeer(coordinator, ring.keys(of: worker))
        #expect(try worker.ask(.hello(Self.hello)) == .welcome)
        let other = try RawPeer(coordinator, ring.keys(of: thief))
        var stolen = Self.hello
        stolen.attempt = 9
        stolen.name = "thief"
        #expect(try other.ask(.hello(stolen)) == .welcome)
        let client = try RawPeer(coordinator, ring.keys(of: client))
        #expect(try client.status().workers.map(\.name) == ["w", "thief"])
    }

    /// Nor is a routing id, which anybody may claim once its connection has ended.
    @Test func anotherUserOnARoutingIDIsNotTheWorker() throws {
        let thief = try Curve.KeyPair.generate()
        let list = try AllowList([("worker", worker), ("worker", thief), ("client", client)])
        let coordinator = try RunningCoordinator(access: ring.access(list))
        do {
            let worker = try RawPeer(coordinator, ring.keys(of: worker), routingID: "first")
            #expect(try worker.ask(.hello(Self.hello)) == .welcome)
        }
        // Until the first connection is gone, the second one with its routing id is not heard.
        var answer: CoordinatorMessage?
        let deadline = ContinuousClock.now.advanced(by: patience)
        while answer == nil, ContinuousClock.now < deadline {
            let other = try RawPeer(coordinator, ring.keys(of: thief), routingID: "first")
            try other.say(.heartbeat(.init(progress: [])))
            answer = try other.hear(within: glimpse)
        }
        #expect(answer == .rejoin)
        let client = try RawPeer(coordinator, ring.keys(of: client))
        #expect(try client.status().workers.isEmpty)
    }

    @Test func aConnectionIsOneWorkers() throws {
        let coordinator = try RunningCoordinator()
        let peer = try RawPeer(coordinator)
        for instance in 0..<20 as Range<UInt64> {
            var hello = Self.hello
            hello.instance = instance
            #expect(try peer.ask(.hello(hello)) == .welcome)
        }
        #expect(try peer.status().workers.count == 1)
    }

    @Test func whatIsNotTakenIsCounted() throws {
        let coordinator = try RunningCoordinator()
        let peer = try RawPeer(coordinator)
        let frames = FrameCoding.frames(of: .hello(Self.hello))
        try peer.send([Array("longscan/0".utf8)] + frames.dropFirst())
        #expect(try peer.refusal().failure.code == "protocol")
        try peer.send(Array(repeating: [1], count: Limits.framesPerMessage + 1))
        var hello = Self.hello
        hello.lanes = 0
        #expect(try peer.ask(.hello(hello)).refused?.failure.code == "hello")
        hello.lanes = 1
        for (rows, bytes) in [(0, 0), (Limits.largestPass + 1, 0), (256, -1), (256, .max)] {
            (hello.rowsPerPass, hello.stateBytes) = (rows, bytes)
            #expect(try peer.ask(.hello(hello)).refused?.failure.code == "hello")
        }
        hello = Self.hello
        #expect(try peer.ask(.goodbye) == .rejoin)
        hello.lanes = 1
        hello.attempt = 2
        #expect(try peer.ask(.hello(hello)) == .welcome)
        hello.attempt = 1
        try peer.say(.hello(hello))
        try peer.say(Self.ofWorkers[4])
        let status = try peer.status()
        #expect(
            status.refused == [
                "malformed": 1, "too_many_frames": 1, "bad_hello": 5, "no_session": 1, "outdated_hello": 1,
                "late_result": 1,
            ])
    }

    @Test func aHugeHeaderIsRefusedByItsSize() throws {
        let coordinator = try RunningCoordinator()
        let peer = try RawPeer(coordinator)
        let header = [UInt8](repeating: 32, count: Limits.submissionBytes + 1)
        try peer.send([Array(FrameCoding.protocolName.utf8), Array("submit".utf8), header])
        let refused = try peer.refusal()
        #expect(refused.failure.message.contains("its header has 4194305 bytes, the limit is 4194304"))
        #expect(try peer.status().refused == ["malformed": 1])
    }

    /// The client says so itself: the coordinator would hear only part of it.
    @Test func aHugeJobIsNotSent() throws {
        let client = try CoordinatorClient(endpoint: "tcp://127.0.0.1:1")
        var job = Self.job
        job.inputs = (0..<100_000).map { .init(asGiven: "\($0).txt", path: "/documents/\($0).txt") }
        let error = try #require(throws: CoordinatorClient.Failure.self) { try client.submit(.init(job: job)) }
        #expect(error.reason == .badData && error.description.contains("patterns"))
    }

    @Test func aJobThatNoFileCanSayIsRefused() throws {
        let coordinator = try RunningCoordinator()
        let peer = try RawPeer(coordinator)
        var job = Self.job
        job.chunkTokens = .max
        let refused = try #require(try peer.ask(.submit(.init(job: job))).refused)
        #expect(refused.failure.code == "bad_job" && refused.reason == .badData)
        #expect(try peer.status().refused == ["bad_job": 1])
    }
}

extension CoordinatorMessage {
    fileprivate var refused: Refused? {
        if case .refused(let refused) = self { refused } else { nil }
    }
}
