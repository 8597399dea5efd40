import Testing
import Threads
import ZeroMQ

@Suite struct SocketOptionsTests {
    @Test(arguments: [Socket.Kind.router, .dealer])
    func everyOptionIsTaken(kind: Socket.Kind) throws {
        var options = SocketOptions()
        options.linger = .zero
        options.sendHighWaterMark = 3
        options.receiveHighWaterMark = 4
        options.maxMessageSize = 1 << 40
        options.maxFrameCount = 2
        options.immediate = false
        options.routerMandatory = false
        options.routerHandover = true
        options.routingID = Frame("me")
        options.handshakeInterval = .seconds(1)
        options.reconnectInterval = .milliseconds(1)
        options.maxReconnectInterval = .seconds(60)
        options.heartbeat = .init(interval: .seconds(1), timeout: .seconds(3), timeToLive: .seconds(6_553))
        options.isPrivate = true
        let socket = try Socket(kind, in: Context(), options: options)
        try socket.bind(to: anyLocalPort)
    }

    @Test func aPeerThatFallsSilentIsDisconnectedByTheHeartbeat() throws {
        var options = SocketOptions()
        let soon = Duration.milliseconds(50)
        options.heartbeat = .init(interval: soon, timeout: soon, timeToLive: .seconds(1))
        let router = try Socket(.router, in: Context(), options: options)
        let monitor = try SocketMonitor(router)
        let endpoint = try router.bind(to: anyLocalPort)
        let peer = try #require(RawConnection(to: endpoint))
        #expect(peer.write(RawConnection.handshake))
        #expect(try next([.handshakeSucceeded, .handshakeFailed], from: monitor) == .handshakeSucceeded)
        #expect(try next([.disconnected], from: monitor) == .disconnected)
        withExtendedLifetime(peer) {}
    }

    @Test func aPeerThatDoesNotShakeHandsIsDisconnected() throws {
        var options = SocketOptions()
        options.handshakeInterval = .milliseconds(50)
        let router = try Socket(.router, in: Context(), options: options)
        let monitor = try SocketMonitor(router)
        let peer = try #require(RawConnection(to: router.bind(to: anyLocalPort)))
        #expect(peer.write([0xFF]))
        #expect(try next([.handshakeFailed, .disconnected, .handshakeSucceeded], from: monitor) != .handshakeSucceeded)
        withExtendedLifetime(peer) {}
    }

    @Test(arguments: ["GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nConnection: close\r\n\r\n", "\u{1}\u{0}"])
    func aPeerThatSpeaksSomethingElseHarmsNobody(words: String) throws {
        var options = SocketOptions()
        options.handshakeInterval = .milliseconds(200)
        let context = try Context()
        let router = try Socket(.router, in: context, options: options)
        let monitor = try SocketMonitor(router)
        let endpoint = try router.bind(to: anyLocalPort)
        let stranger = try #require(RawConnection(to: endpoint))
        #expect(stranger.write(Array(words.utf8)))
        #expect(try next([.handshakeFailed, .disconnected, .handshakeSucceeded], from: monitor) != .handshakeSucceeded)
        withExtendedLifetime(stranger) {}
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: endpoint)
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("hello")]) == .sent)
        #expect(try next(from: router)?.frames.last?.text == "hello")
    }

    @Test func aConnectionIsMadeAgainWhenTheOtherSideIsBack() throws {
        let context = try Context()
        let dealer = try Socket(.dealer, in: context)
        var endpoint = anyLocalPort
        for round in ["first", "second", "third"] {
            // A context of its own, whose end closes the port before the next round.
            let router = try Socket(.router, in: Context())
            endpoint = try router.bind(to: endpoint)
            try dealer.connect(to: endpoint)
            let deadline = ContinuousClock.now + patience
            // The lost connection takes messages until its loss is noticed.
            var arrived: ReceivedMessage?
            while arrived == nil && ContinuousClock.now < deadline {
                #expect(try isWritable(dealer))
                _ = try dealer.send([Frame(round)])
                arrived = try next(from: router, within: .milliseconds(100))
            }
            #expect(arrived?.frames.last?.text == round)
        }
    }

    @Test func unsentMessagesHoldTheContextForItsLingerOnly() throws {
        let ended = try Mailbox<Bool>()
        let thread = try OSThread(name: "lingers") {
            do {
                let context = try Context()
                var options = SocketOptions()
                options.linger = .milliseconds(50)
                options.immediate = false
                let dealer = try Socket(.dealer, in: context, options: options)
                try dealer.connect(to: nobodyListens)
                #expect(try dealer.send([Frame("for nobody")]) == .sent)
            } catch {
                Issue.record(error)
            }
            ended.post(true)
        }
        #expect(ended.wait(timeout: patience) == true)
        thread.join()
    }

    @Test func aRouterThatNeedNotReachDropsSilently() throws {
        var options = SocketOptions()
        options.routerMandatory = false
        let router = try Socket(.router, in: Context(), options: options)
        #expect(try router.send([Frame("nobody"), Frame("hello")]) == .sent)
    }
}
