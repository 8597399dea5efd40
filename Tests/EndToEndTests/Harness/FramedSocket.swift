import Coordination
import ZeroMQ

/// The other end of a daemon's socket, for what no daemon would say.
final class FramedSocket {
    private static let patience = Duration.seconds(60)

    let endpoint: String
    private let socket: Socket
    private let isRouter: Bool
    /// Who is at the other end, of one that others connect to.
    private var routingID: Frame?

    /// A worker's or a client's end.
    init(to endpoint: String) throws {
        self.endpoint = endpoint
        isRouter = false
        socket = try Socket(.dealer, in: Context(), options: Self.options)
        try socket.connect(to: endpoint)
    }

    /// A coordinator's end, for one worker.
    init() throws {
        isRouter = true
        socket = try Socket(.router, in: Context(), options: Self.options)
        endpoint = try socket.bind(to: "tcp://127.0.0.1:*")
    }

    private static var options: SocketOptions {
        var options = SocketOptions()
        options.linger = .zero
        options.sendHighWaterMark = 1000
        options.receiveHighWaterMark = 1000
        return options
    }

    func send(_ frames: [[UInt8]]) throws {
        let message = (routingID.map { [$0] } ?? []) + frames.map { Frame($0) }
        var poller = Poller()
        _ = poller.add(socket, for: .writable)
        while try socket.send(message) == .wouldBlock {
            guard try !poller.wait(timeout: Self.patience).isEmpty else { throw Failure("nobody takes a message") }
        }
    }

    /// The frames of the next message.
    /// - Returns: `nil` when none comes within the time.
    func receive(within limit: Duration = patience) throws -> [[UInt8]]? {
        var poller = Poller()
        _ = poller.add(socket)
        guard try !poller.wait(timeout: limit).isEmpty, let message = try socket.receive() else { return nil }
        guard isRouter else { return message.frames.map(\.bytes) }
        routingID = message.frames.first
        return message.frames.dropFirst().map(\.bytes)
    }
}
