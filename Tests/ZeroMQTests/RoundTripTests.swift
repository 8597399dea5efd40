import Testing
import ZeroMQ

/// How long a test waits for what must happen. Reached only by a failure.
let patience = Duration.seconds(20)

/// The next message of a socket, waiting for it.
func next(from socket: borrowing Socket, within limit: Duration = patience) throws -> ReceivedMessage? {
    var poller = Poller()
    _ = poller.add(socket)
    return try poller.wait(timeout: limit).isEmpty ? nil : socket.receive()
}

/// Waits until a message can be sent.
func isWritable(_ socket: borrowing Socket, within limit: Duration = patience) throws -> Bool {
    var poller = Poller()
    _ = poller.add(socket, for: .writable)
    return try !poller.wait(timeout: limit).isEmpty
}

@Suite struct RoundTripTests {
    @Test(arguments: [[[]], [[1]], [[], [], []], [[1, 2], [], [3]]] as [[[UInt8]]])
    func framesArriveAsSent(_ frames: [[UInt8]]) throws {
        let context = try Context()
        let router = try Socket(.router, in: context)
        let dealer = try Socket(.dealer, in: context)
        try dealer.connect(to: router.bind(to: "tcp://127.0.0.1:*"))
        #expect(try isWritable(dealer))
        #expect(try dealer.send(frames.map { Frame($0) }) == .sent)
        let request = try #require(try next(from: router))
        #expect(request.frames.dropFirst().map(\.bytes) == frames)
        #expect(try router.send(request.frames) == .sent)
        let answer = try #require(try next(from: dealer))
        #expect(answer.frames.map(\.bytes) == frames)
    }
}
