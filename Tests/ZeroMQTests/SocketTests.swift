import Testing
import ZeroMQ

@Suite struct SocketTests {
    @Test(arguments: [[[]], [[1]], [[], [], []], [[1, 2], [], [3]]] as [[[UInt8]]])
    func framesArriveAsSent(_ frames: [[UInt8]]) throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(try dealer.send(frames.map { Frame($0) }) == .sent)
        let request = try #require(try next(from: router))
        #expect(request.frames.dropFirst().map(\.bytes) == frames)
        #expect(request.userID == nil)
        #expect(request.peerAddress == "127.0.0.1")
        #expect(try router.send(request.frames) == .sent)
        let answer = try #require(try next(from: dealer))
        #expect(answer.frames.map(\.bytes) == frames)
        #expect(try dealer.receive() == nil)
    }

    @Test func aLargeFrameKeepsItsBytesWhileItsArrayChanges() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        var numbers = (0..<5_000_000).map { Int32(truncatingIfNeeded: $0 &* 2_654_435_761) }
        let copy = numbers
        #expect(try dealer.send([Frame(numbers), Frame("end")]) == .sent)
        for index in numbers.indices { numbers[index] = -1 }
        let message = try #require(try next(from: router))
        #expect(message.frames.count == 3)
        #expect(message.frames[1].count == 20_000_000)
        #expect(try #require([Int32](message.frames[1])) == copy)
        #expect(message.frames[2].text == "end")
    }

    @Test func aReceivedFrameOutlivesItsSocketAndCanBeForwardedTwice() throws {
        let context = try Context()
        let payload = [UInt8](repeating: 7, count: 100_000)
        let received: Frame
        do {
            let router = try Socket(.router, in: context)
            let dealer = try Socket(.dealer, in: context)
            try dealer.connect(to: router.bind(to: anyLocalPort))
            #expect(try isWritable(dealer))
            #expect(try dealer.send([Frame(payload)]) == .sent)
            received = try #require(try next(from: router)?.frames.last)
        }
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(try dealer.send([received, received]) == .sent)
        #expect(try next(from: router)?.frames.dropFirst().map(\.bytes) == [payload, payload])
        #expect(received.bytes == payload)
    }

    @Test func nothingToReceiveIsNil() throws {
        let dealer = try Socket(.dealer, in: Context())
        #expect(try dealer.receive() == nil)
    }

    @Test func aDealerWithoutAConnectionWouldBlock() throws {
        let context = try Context()
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: nobodyListens)
        #expect(try dealer.send([Frame("lost?")]) == .wouldBlock)
        #expect(try !isWritable(dealer, within: .zero))
    }

    @Test func aRouterCannotReachWhoIsNotThere() throws {
        let router = try Socket(.router, in: Context())
        try router.bind(to: anyLocalPort)
        #expect(try router.send([Frame("nobody"), Frame("hello")]) == .unreachable)
    }

    @Test func aRouterCannotReachWhoHasLeft() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind(to: anyLocalPort)
        let monitor = try SocketMonitor(router)
        var options = SocketOptions()
        options.routingID = Frame("worker-1")
        do {
            let dealer = try Socket(.dealer, in: context, options: options)
            try dealer.connect(to: endpoint)
            #expect(try isWritable(dealer))
            #expect(try dealer.send([Frame("ready")]) == .sent)
            #expect(try next(from: router)?.frames.map(\.text) == ["worker-1", "ready"])
        }
        #expect(try next([.disconnected], from: monitor) == .disconnected)
        // The socket learns of it a moment after the monitor.
        let deadline = ContinuousClock.now + patience
        var outcome = SendOutcome.sent
        while outcome == .sent && ContinuousClock.now < deadline {
            #expect(try next(from: router, within: .milliseconds(1)) == nil)
            outcome = try router.send([Frame("worker-1"), Frame("work")])
        }
        #expect(outcome == .unreachable)
    }

    @Test func aFullQueueWouldBlockAndTakesMessagesAgainOnceRead() throws {
        let context = try Context()
        var options = SocketOptions()
        options.sendHighWaterMark = 2
        options.receiveHighWaterMark = 2
        let router = try Socket(.router, in: context, options: options)
        let dealer = try Socket(.dealer, in: context, options: options)
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        // Larger than the buffers of TCP together, so that the marks are what counts.
        let large = Frame([UInt8](repeating: 1, count: 8 << 20))
        var sent = 0
        var outcome = SendOutcome.sent
        repeat {
            outcome = try dealer.send([large, Frame("number \(sent)")])
            sent += outcome == .sent ? 1 : 0
            try #require(sent < 50)
        } while try outcome == .sent || isWritable(dealer, within: glimpse)
        #expect(outcome == .wouldBlock)
        #expect(sent >= 2)
        for number in 0..<sent {
            #expect(try next(from: router)?.frames.last?.text == "number \(number)")
        }
        #expect(try isWritable(dealer))
        #expect(try dealer.send([Frame("again")]) == .sent)
        #expect(try next(from: router)?.frames.last?.text == "again")
    }

    @Test func aRouterWouldBlockOnTheFullQueueOfOnePeer() throws {
        let context = try Context()
        var options = SocketOptions()
        options.sendHighWaterMark = 2
        options.receiveHighWaterMark = 2
        let router = try Socket(.router, in: context, options: options)
        let endpoint = try router.bind(to: anyLocalPort)
        let slow = try Socket(.dealer, in: context, options: options)
        let fast = try Socket(.dealer, in: context, options: options)
        try slow.connect(to: endpoint)
        try fast.connect(to: endpoint)
        var ids: [Frame] = []
        #expect(try isWritable(slow))
        #expect(try slow.send([Frame("slow")]) == .sent)
        ids.append(try #require(try next(from: router)?.frames.first))
        #expect(try isWritable(fast))
        #expect(try fast.send([Frame("fast")]) == .sent)
        ids.append(try #require(try next(from: router)?.frames.first))
        let large = Frame([UInt8](repeating: 1, count: 8 << 20))
        var outcomes: [SendOutcome] = []
        repeat {
            outcomes.append(try router.send([ids[0], large]))
            try #require(outcomes.count < 50)
        } while outcomes.last == .sent
        #expect(outcomes.last == .wouldBlock)
        #expect(try router.send([ids[1], Frame("still served")]) == .sent)
        #expect(try next(from: fast)?.frames.map(\.text) == ["still served"])
    }

    @Test func aFrameLongerThanTheLimitEndsItsConnectionOnly() throws {
        let context = try Context()
        var options = SocketOptions()
        options.maxMessageSize = 10_000
        let router = try Socket(.router, in: context, options: options)
        let endpoint = try router.bind(to: anyLocalPort)
        let monitor = try SocketMonitor(router)
        let good = try Socket(.dealer, in: context)
        let bad = try Socket(.dealer, in: context)
        try good.connect(to: endpoint)
        try bad.connect(to: endpoint)
        #expect(try isWritable(good) && isWritable(bad))
        #expect(try bad.send([Frame([UInt8](repeating: 0, count: 10_001))]) == .sent)
        #expect(try next([.disconnected], from: monitor) == .disconnected)
        #expect(try router.receive() == nil)
        #expect(try good.send([Frame([UInt8](repeating: 0, count: 10_000))]) == .sent)
        #expect(try next(from: router)?.frames.last?.count == 10_000)
    }

    @Test func aMessageOfTooManyFramesIsRefusedAndTheNextArrives() throws {
        let context = try Context()
        var options = SocketOptions()
        options.maxFrameCount = 5
        let router = try Socket(.router, in: context, options: options)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: router.bind(to: anyLocalPort))
        #expect(try isWritable(dealer))
        #expect(try dealer.send(Array(repeating: Frame("x"), count: 5)) == .sent)
        #expect(try dealer.send(Array(repeating: Frame("x"), count: 4)) == .sent)
        let error = #expect(throws: ZeroMQError.self) { _ = try next(from: router) }
        #expect(error?.code == .messageTooLong)
        #expect(error?.description == "cannot receive a message: it has 6 frames, the limit is 5")
        #expect(try next(from: router)?.frames.count == 5)
    }

    @Test func aRoutingIDInUseStaysWithItsOwner() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind(to: anyLocalPort)
        #expect(try owner(of: "same", after: endpoint, on: router, in: context) == "first")
    }

    @Test func aRoutingIDIsHandedOverWhereThatIsAllowed() throws {
        let context = try Context()
        var options = SocketOptions()
        options.routerHandover = true
        let router = try Socket(.router, in: context, options: options)
        let endpoint = try router.bind(to: anyLocalPort)
        #expect(try owner(of: "same", after: endpoint, on: router, in: context) == "second")
    }

    @Test func disconnectingEndsTheConnection() throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let endpoint = try router.bind(to: anyLocalPort)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: endpoint)
        #expect(try isWritable(dealer))
        let monitor = try SocketMonitor(router)
        try dealer.disconnect(from: endpoint)
        var poller = Poller()
        _ = poller.add(dealer)
        let connections = poller.add(monitor)
        while try poller.wait(timeout: patience) != [connections] {}
        #expect(try next([.disconnected], from: monitor) == .disconnected)
        #expect(try dealer.send([Frame("x")]) == .wouldBlock)
        let error = #expect(throws: ZeroMQError.self) { try dealer.disconnect(from: endpoint) }
        #expect(error?.description == "cannot disconnect from \(endpoint): not connected to it")
    }

    @Test func shuttingDownAContextEndsTheUseOfItsSockets() throws {
        let context = try Context()
        let dealer = try Socket(.dealer, in: context)
        context.shutDown()
        let error = #expect(throws: ZeroMQError.self) { _ = try dealer.receive() }
        #expect(error?.code == .terminated)
        #expect(error?.description == "cannot receive a message: the ZeroMQ context was shut down")
        #expect(throws: ZeroMQError.self) { _ = try next(from: dealer) }
    }

    /// Which of two dealers that claim the same routing id, one after the other, gets what is sent to it.
    private func owner(
        of id: String,
        after endpoint: String,
        on router: borrowing Socket,
        in context: Context
    ) throws -> String? {
        var options = SocketOptions()
        options.routingID = Frame(id)
        let monitor = try SocketMonitor(router)
        let first = try Socket(.dealer, in: context, options: options)
        try first.connect(to: endpoint)
        #expect(try isWritable(first))
        #expect(try first.send([Frame("first")]) == .sent)
        #expect(try next(from: router)?.frames.last?.text == "first")
        let second = try Socket(.dealer, in: context, options: options)
        try second.connect(to: endpoint)
        #expect(try next([.handshakeSucceeded], from: monitor) == .handshakeSucceeded)
        #expect(try next([.handshakeSucceeded], from: monitor) == .handshakeSucceeded)
        // A refused newcomer's connection is closed or idle; a welcome one's message arrives.
        if try isWritable(second) { _ = try second.send([Frame("second")]) }
        _ = try next(from: router, within: glimpse)
        #expect(try router.send([Frame(id), Frame("for the owner")]) == .sent)
        var poller = Poller()
        let one = poller.add(first)
        let other = poller.add(second)
        let ready = try poller.wait(timeout: patience)
        return ready == [one] ? "first" : ready == [other] ? "second" : nil
    }
}
