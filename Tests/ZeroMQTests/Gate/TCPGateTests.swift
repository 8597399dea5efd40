import Testing
import Threads
import ZeroMQ

/// A gate before a ROUTER, and peers that are libzmq or are not.
@Suite struct TCPGateTests {
    /// A server behind its gate. It belongs to the test's thread.
    private struct Server: ~Copyable {
        let gate: TCPGate
        let router: Socket
        let refusals: Mailbox<TCPGate.Refusal>

        init(
            at endpoint: String = anyLocalPort, curve: Curve.Role? = nil, in context: Context? = nil,
            _ change: (inout GateRules) -> Void = { _ in }
        ) throws {
            var rules = GateRules(descriptors: 4096, visitorMessage: 4 << 20, memberMessage: 64 << 20)
            change(&rules)
            let refusals = try Mailbox<TCPGate.Refusal>()
            let gate = try #require(try TCPGate(at: endpoint, rules: rules) { refusals.post($0) })
            var options = SocketOptions()
            options.isPrivate = true
            options.curve = curve
            let router = try Socket(.router, in: context ?? Context(), options: options)
            try router.bind(to: gate.serverEndpoint)
            (self.gate, self.refusals) = (gate, refusals)
            self.router = router
        }
    }

    @Test(arguments: ["tcp://127.0.0.1:*", "tcp://localhost:*", "tcp://lo:*", "tcp://*:*"])
    func messagesPassBothWays(endpoint: String) throws {
        let server = try Server(at: endpoint)
        try exchange(server)
    }

    @Test(.enabled(if: hasIPv6, "this machine has no IPv6"), arguments: ["tcp://[::1]:*", "tcp://[::]:*"])
    func messagesPassOverIPv6(endpoint: String) throws {
        let server = try Server(at: endpoint)
        #expect(server.gate.endpoint.hasPrefix(endpoint.dropLast()))
        try exchange(server)
    }

    private func exchange(_ server: borrowing Server) throws {
        let dealer = try Socket(.dealer, in: Context())
        try dealer.connect(to: server.gate.endpoint)
        for size in [0, 1, 1000, 3 << 20, 3 << 20, 7] {
            let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            #expect(try isWritable(dealer))
            #expect(try dealer.send([Frame("there"), Frame(bytes)]) == .sent)
            let message = try #require(try next(from: server.router))
            #expect(message.frames[2].bytes == bytes)
            #expect(server.gate.received(message) != nil)
            #expect(try server.router.send(message.frames) == .sent)
            #expect(try next(from: dealer)?.frames[1].bytes == bytes)
        }
        #expect(server.refusals.drain().isEmpty)
    }

    @Test func largerMessagesAreAMembers() throws {
        let server = try Server { $0.patience = .seconds(20) }
        let dealer = try Socket(.dealer, in: Context())
        try dealer.connect(to: server.gate.endpoint)
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("here I am")]) == .sent)
        let hello = try #require(try next(from: server.router))
        let connection = try #require(server.gate.received(hello))
        let bytes = [UInt8](repeating: 7, count: 20 << 20)
        #expect(try dealer.send([Frame(bytes)]) == .sent)
        #expect(try next(from: server.router, within: glimpse) == nil)
        server.gate.admit(connection)
        let message = try #require(try next(from: server.router))
        #expect(message.frames[1].count == bytes.count)
        #expect(server.gate.received(message) == connection)
    }

    /// As many messages as one likes, if each is received.
    @Test func manyMessagesAreNoEndlessOne() throws {
        let server = try Server { ($0.visitorBytes, $0.patience) = (100_000, .seconds(20)) }
        let dealer = try Socket(.dealer, in: Context())
        try dealer.connect(to: server.gate.endpoint)
        let frame = Frame([UInt8](repeating: 1, count: 30_000))
        for number in 0..<200 {
            #expect(try isWritable(dealer))
            #expect(try dealer.send([Frame([Int32(number)]), frame]) == .sent)
            let message = try #require(try next(from: server.router))
            #expect([Int32](message.frames[1]) == [Int32(number)])
            _ = server.gate.received(message)
        }
    }

    @Test func anEndlessMessageIsEnded() throws {
        let server = try Server { $0.patience = .milliseconds(200) }
        let peer = try #require(RawConnection(to: server.gate.endpoint))
        #expect(peer.write(RawConnection.handshake))
        let frame = [3, 0, 0, 0, 0, 0, 0x10, 0, 0] + [UInt8](repeating: 0, count: 1 << 20)
        // Beside what the gate lets through, the system holds some.
        #expect(peer.writeWithoutEnd(frame) < 30 << 20)
        let refusal = try #require(server.refusals.wait(timeout: patience))
        #expect(refusal.reason == .unfinishedMessage && refusal.address == "127.0.0.1")
        #expect(try server.router.receive() == nil)
    }

    @Test(arguments: [0, 1, 9, 10, 64, RawConnection.handshake.count - 1])
    func halfAHandshakeIsEnded(bytes: Int) throws {
        let server = try Server { $0.handshake = .milliseconds(200) }
        let peer = try #require(RawConnection(to: server.gate.endpoint))
        #expect(peer.write(Array(RawConnection.handshake.prefix(bytes))))
        #expect(peer.isEnded())
        #expect(server.refusals.wait(timeout: patience)?.reason == .handshake)
    }

    @Test func somethingElseIsEndedAtOnce() throws {
        let server = try Server { $0.handshake = .seconds(60) }
        let web = try #require(RawConnection(to: server.gate.endpoint))
        #expect(web.write(Array("GET / HTTP/1.1\r\n\r\n".utf8)))
        #expect(web.isEnded())
        let large = try #require(RawConnection(to: server.gate.endpoint))
        #expect(large.write(RawConnection.handshake[..<64] + [6, 0, 0, 0, 0, 0x25, 0x80, 0, 0]))
        #expect(large.isEnded())
        for _ in 0..<2 { #expect(server.refusals.wait(timeout: patience)?.reason == .handshake) }
    }

    @Test func aCrowdMakesRoom() throws {
        let server = try Server { ($0.halfOpen, $0.handshake) = (8, .seconds(60)) }
        var crowd: [RawConnection] = []
        for _ in 0..<50 { crowd.append(try #require(RawConnection(to: server.gate.endpoint))) }
        for peer in crowd.prefix(42) { #expect(peer.isEnded()) }
        for _ in 0..<42 { #expect(server.refusals.wait(timeout: patience)?.reason == .crowded) }
        try exchange(server, after: crowd)
    }

    private func exchange(_ server: borrowing Server, after crowd: [RawConnection]) throws {
        let dealer = try Socket(.dealer, in: Context())
        try dealer.connect(to: server.gate.endpoint)
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("hello")]) == .sent)
        #expect(try next(from: server.router)?.frames.last?.text == "hello")
        withExtendedLifetime(crowd) {}
    }

    /// Who only looks whether somebody listens is not refused.
    @Test func aLookIsNoRefusal() throws {
        let server = try Server { $0.handshake = .seconds(60) }
        do { _ = try #require(RawConnection(to: server.gate.endpoint)) }
        let web = try #require(RawConnection(to: server.gate.endpoint))
        #expect(web.write([0]) && web.isEnded())
        #expect(server.refusals.wait(timeout: patience)?.reason == .handshake)
        #expect(server.refusals.drain().isEmpty)
    }

    @Test func keysAreProvedThroughIt() throws {
        let (secret, known, stranger) = (
            try Curve.KeyPair.generate(), try Curve.KeyPair.generate(), try Curve.KeyPair.generate()
        )
        let context = try Context()
        let refused = try Mailbox<(Curve.PublicKey?, String?)>()
        // The server asks on another thread, and the gate comes after the list.
        let gates = try Mailbox<TCPGate>()
        let authenticator = try Authenticator(in: context, domain: "d", allowed: [known.publicKey: "known"]) {
            refused.post(($0.publicKey, gates.wait(timeout: patience)?.judgedAddress))
        }
        let server = try Server(curve: .server(secretKey: secret.secretKey, domain: "d"), in: context)
        gates.post(server.gate)
        for (pair, isKnown) in [(stranger, false), (known, true)] {
            var options = SocketOptions()
            options.curve = .client(pair, serverKey: secret.publicKey)
            let dealer = try Socket(.dealer, in: Context(), options: options)
            try dealer.connect(to: server.gate.endpoint)
            if isKnown {
                #expect(try isWritable(dealer))
                #expect(try dealer.send([Frame("hello")]) == .sent)
                let message = try #require(try next(from: server.router))
                #expect(message.userID == "known" && server.gate.received(message) != nil)
            } else {
                let (key, address) = try #require(refused.wait(timeout: patience))
                #expect(key == stranger.publicKey && address == "127.0.0.1")
                // Who leaves before the answer has come is one whose handshake failed.
                #expect(try !isWritable(dealer, within: glimpse))
            }
        }
        #expect(authenticator.refusalCount >= 1 && server.refusals.drain().isEmpty)
    }

    @Test func otherTransportsNeedNone() throws {
        let rules = GateRules(descriptors: 1024, visitorMessage: 1, memberMessage: 1)
        #expect(try TCPGate(at: "ipc://@name", rules: rules) { _ in } == nil)
    }

    @Test(arguments: [
        ("tcp://nonsense", "malformed endpoint, expected tcp://HOST:PORT"),
        ("tcp://192.0.2.1:5555", "no network interface of this machine has that address"),
        ("tcp://nosuch0:5555", "this machine has no network interface of that name"),
        ("tcp://127.0.0.1:0", "port 0 is not in 1...65535"),
    ])
    func aWrongAddressIsExplained(endpoint: String, reason: String) throws {
        let rules = GateRules(descriptors: 1024, visitorMessage: 1, memberMessage: 1)
        let error = #expect(throws: ZeroMQError.self) { _ = try TCPGate(at: endpoint, rules: rules) { _ in } }
        #expect(error?.description == "cannot bind \(endpoint): \(reason)")
    }

    @Test func aPortInUseIsNamed() throws {
        let server = try Server()
        let endpoint = server.gate.endpoint
        let error = #expect(throws: ZeroMQError.self) { _ = try Server(at: endpoint) }
        #expect(error?.description == "cannot bind \(endpoint): address already in use")
    }
}
