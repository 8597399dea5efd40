import Testing
import Threads
import ZeroMQ

@Suite struct AuthenticatorTests {
    let context: Context
    let server: Curve.KeyPair
    let client: Curve.KeyPair
    let refusals: Mailbox<Authenticator.Refusal>

    init() throws {
        context = try Context()
        server = try .generate()
        client = try .generate()
        refusals = try Mailbox()
    }

    @Test func aKnownKeyIsLetInUnderItsName() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        let router = try listener()
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("hello"), Frame([1, 2, 3] as [Float])]) == .sent)
        let message = try #require(try next(from: router))
        #expect(message.userID == "worker-7")
        #expect(message.frames[1].text == "hello")
        #expect([Float](message.frames[2]) == [1, 2, 3])
        #expect(try router.send([message.frames[0], Frame("welcome")]) == .sent)
        let answer = try #require(try next(from: dealer))
        #expect(answer.frames.map(\.text) == ["welcome"])
        #expect(answer.userID == nil)
        #expect(authenticator.refusalCount == 0)
    }

    @Test func anUnknownKeyIsRefusedAndTold() throws {
        let authenticator = try authenticator(allowing: [server.publicKey: "somebody else"])
        let router = try listener()
        let endpoint = try router.bind(to: anyLocalPort)
        let dealer = try Socket(.dealer, in: context, options: clientOptions(client))
        let monitor = try SocketMonitor(dealer)
        try dealer.connect(to: endpoint)
        let refusal = try #require(refusals.wait(timeout: patience))
        #expect(refusal.reason == .unknownKey)
        #expect(refusal.address == "127.0.0.1")
        #expect(refusal.publicKey == client.publicKey)
        #expect(authenticator.refusalCount >= 1)
        #expect(try next([.refused(status: 400)], from: monitor) == .refused(status: 400))
        #expect(try dealer.send([Frame("let me in")]) == .wouldBlock)
        #expect(try router.receive() == nil)
    }

    @Test func theListCanBeReplaced() throws {
        let authenticator = try authenticator(allowing: [:])
        let router = try listener()
        let endpoint = try router.bind(to: anyLocalPort)
        let refused = try dialer(to: endpoint)
        #expect(refusals.wait(timeout: patience)?.reason == .unknownKey)
        #expect(try !isWritable(refused, within: .zero))
        authenticator.allow([client.publicKey: "late"])
        let dealer = try dialer(to: endpoint)
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("hello")]) == .sent)
        #expect(try next(from: router)?.userID == "late")
        authenticator.allow([:])
        _ = refusals.drain()
        let second = try dialer(to: endpoint)
        #expect(refusals.wait(timeout: patience)?.reason == .unknownKey)
        #expect(try !isWritable(second, within: .zero))
    }

    @Test func aServerWithoutAnAuthenticatorLetsNobodyIn() throws {
        let router = try listener()
        let monitor = try SocketMonitor(router)
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(try next([.disconnected, .handshakeFailed, .handshakeSucceeded], from: monitor) != .handshakeSucceeded)
        #expect(try !isWritable(dealer, within: glimpse))
    }

    @Test func anAuthenticatorForAnotherDomainLetsNobodyIn() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"], domain: "elsewhere")
        let router = try listener()
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(refusals.wait(timeout: patience)?.reason == .wrongDomain)
        #expect(authenticator.refusalCount >= 1)
        #expect(try !isWritable(dealer, within: glimpse))
    }

    @Test func aPlainClientIsNotLetIn() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        let router = try listener()
        let monitor = try SocketMonitor(router)
        let endpoint = try router.bind(to: anyLocalPort)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: endpoint)
        #expect(try next([.handshakeFailed, .handshakeSucceeded], from: monitor) == .handshakeFailed)
        #expect(try !isWritable(dealer, within: glimpse))
        #expect(try router.receive() == nil)
        #expect(authenticator.refusalCount == 0)
    }

    @Test func aClientDoesNotTalkToAnotherServer() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        let impostor = try Curve.KeyPair.generate()
        let router = try listener(keyPair: impostor)
        let monitor = try SocketMonitor(router)
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(try next([.handshakeFailed, .handshakeSucceeded], from: monitor) == .handshakeFailed)
        #expect(try !isWritable(dealer, within: glimpse))
        #expect(authenticator.refusalCount == 0)
    }

    @Test func aSecondAuthenticatorIsAnError() throws {
        let first = try authenticator(allowing: [:])
        let error = #expect(throws: ZeroMQError.self) { _ = try authenticator(allowing: [:]) }
        #expect(error?.description == "cannot bind inproc://zeromq.zap.01: address already in use")
        #expect(first.refusalCount == 0)
    }

    @Test func anAuthenticatorCanBeReplacedByAnother() throws {
        for _ in 0..<20 {
            let first = try authenticator(allowing: [:])
            #expect(first.refusalCount == 0)
        }
        let second = try authenticator(allowing: [client.publicKey: "worker-7"])
        let router = try listener()
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(second.refusalCount == 0)
    }

    @Test func theLimitOfAFrameCountsItsOwnBytes() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        var options = SocketOptions()
        options.maxMessageSize = 10_000
        let router = try listener(options: options)
        let monitor = try SocketMonitor(router)
        let dealer = try dialer(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame([UInt8](repeating: 1, count: 10_000))]) == .sent)
        #expect(try next(from: router)?.frames.last?.count == 10_000)
        #expect(try dealer.send([Frame([UInt8](repeating: 1, count: 10_001))]) == .sent)
        #expect(try next([.disconnected], from: monitor) == .disconnected)
        #expect(authenticator.refusalCount == 0)
    }

    /// Requests as libzmq would never make them, behind the empty frame, and the status of the reply.
    @Test(arguments: [
        (["1.0", "7", "test", "10.0.0.1", "id", "CURVE"], "unknown key", "400"),
        (["1.1", "7", "test", "10.0.0.1", "id", "CURVE"], "malformed request", "400"),
        (["1.0", "7", "", "10.0.0.1", "id", "CURVE"], "another domain", "400"),
        (["1.0", "7", "test", "10.0.0.1", "id", "NULL"], "not CURVE", "400"),
        (["1.0", "7", "test", "10.0.0.1", "id", "PLAIN"], "not CURVE", "400"),
    ])
    func aRequestIsJudgedFieldByField(request: [String], reason: String, status: String) throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: "inproc://zeromq.zap.01")
        let key = Frame([UInt8](repeating: 5, count: 32))
        #expect(try dealer.send([Frame()] + request.map { Frame($0) } + [key]) == .sent)
        let reply = try #require(try next(from: dealer))
        #expect(reply.frames.map(\.text) == ["", "1.0", "7", status, "refused", "", ""])
        #expect(refusals.wait(timeout: patience)?.reason.rawValue == reason)
        #expect(authenticator.refusalCount == 1)
    }

    @Test func credentialsThatAreNotOneKeyAreRefused() throws {
        let authenticator = try authenticator(allowing: [client.publicKey: "worker-7"])
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: "inproc://zeromq.zap.01")
        let head = ["", "1.0", "7", "test", "10.0.0.1", "id", "CURVE"].map { Frame($0) }
        let key = Frame([UInt8](repeating: 5, count: 32))
        for credentials in [[], [Frame("short")], [key, key]] {
            #expect(try dealer.send(head + credentials) == .sent)
            #expect(try next(from: dealer)?.frames[3].text == "400")
            #expect(refusals.wait(timeout: patience)?.reason == .malformedRequest)
        }
        #expect(try dealer.send([Frame(), Frame("1.0")]) == .sent)
        #expect(refusals.wait(timeout: patience)?.reason == .malformedRequest)
        #expect(authenticator.refusalCount == 4)
    }

    private func authenticator(
        allowing allowed: [Curve.PublicKey: String],
        domain: String = "test"
    ) throws -> Authenticator {
        try Authenticator(in: context, domain: domain, allowed: allowed) { [refusals] in refusals.post($0) }
    }

    private func listener(
        keyPair: Curve.KeyPair? = nil,
        options: SocketOptions = SocketOptions()
    ) throws -> Socket {
        var options = options
        options.curve = .server(secretKey: (keyPair ?? server).secretKey, domain: "test")
        return try Socket(.router, in: context, options: options)
    }

    private func clientOptions(_ keyPair: Curve.KeyPair) -> SocketOptions {
        var options = SocketOptions()
        options.curve = .client(keyPair, serverKey: server.publicKey)
        return options
    }

    private func dialer(to endpoint: String) throws -> Socket {
        let dealer = try Socket(.dealer, in: context, options: clientOptions(client))
        try dealer.connect(to: endpoint)
        return dealer
    }
}
