import Coordination
import ZeroMQ

/// One connection of a client, from its handshake to its end. A question that is out when it breaks has no answer: it
/// is asked again on another.
final class ClientConnection {
    enum Outcome {
        case answer(CoordinatorMessage)
        /// The connection is of no further use.
        case broken
        /// No connection came about in time.
        case noConnection(hasHandshakeFailed: Bool)
        /// Somebody is there and did not answer in time.
        case noAnswer
    }

    /// A dead host is noticed by the silence of its connection. The coordinator's may be busy for longer, not its
    /// connections.
    private static let heartbeat = SocketOptions.Heartbeat(
        interval: Limits.heartbeatInterval, timeout: Limits.connectionSilence, timeToLive: Limits.connectionSilence)

    private let endpoint: String
    private let keys: ClientKeys?
    private let socket: Socket
    private let monitor: SocketMonitor
    private var (isReady, isBroken, hasHandshakeFailed) = (false, false, false)

    /// - Throws: `ZeroMQError` for a malformed endpoint; `ThreadError` when the system has no resources.
    init(to endpoint: String, keys: ClientKeys?) throws {
        self.endpoint = endpoint
        self.keys = keys
        var options = SocketOptions()
        options.maxMessageSize = Limits.messageBytes
        options.linger = .zero
        options.heartbeat = Self.heartbeat
        options.curve = keys?.role
        socket = try Socket(.dealer, in: Context(), options: options)
        monitor = try SocketMonitor(socket)
        try socket.connect(to: endpoint)
    }

    /// Asks and waits for the answer.
    /// - Parameters:
    ///   - connected: until when there must be a connection.
    ///   - answered: until when the answer must have come.
    /// - Throws: `CoordinatorClient.Failure` when the coordinator knows us not; `ZeroMQError`;
    ///   `FrameCoding.DecodingError`.
    func outcome(
        of question: PeerMessage, connected: ContinuousClock.Instant, answered: ContinuousClock.Instant
    ) throws -> Outcome {
        var poller = Poller()
        let item = poller.add(socket, for: .writable)
        _ = poller.add(monitor)
        var isAsked = false
        while true {
            let deadline = isAsked ? answered : connected
            guard ContinuousClock.now < deadline else {
                return isAsked ? .noAnswer : .noConnection(hasHandshakeFailed: hasHandshakeFailed)
            }
            _ = try poller.wait(timeout: ContinuousClock.now.duration(to: deadline))
            // What came before the connection broke is read before that is told.
            if isAsked, let reply = try socket.receive() {
                return .answer(try FrameCoding.coordinatorMessage(from: reply.frames.map(\.bytes)))
            }
            try readEvents()
            if isBroken { return .broken }
            if !isAsked {
                isAsked = try socket.send(FrameCoding.frames(of: question).map { Frame($0) }) == .sent
                if isAsked {
                    isReady = true
                    poller.setInterest(.readable, of: item)
                }
            }
        }
    }

    private func readEvents() throws {
        while let (event, _) = try monitor.receive() {
            switch event {
            case .refused(status: 400):
                throw CoordinatorClient.Failure.keyRefused(endpoint: endpoint, key: keys?.publicKey ?? "none")
            case .refused, .handshakeFailed: hasHandshakeFailed = true
            case .handshakeSucceeded: (isReady, hasHandshakeFailed) = (true, false)
            // A handshake that failed ends its connection too; libzmq tries again.
            case .disconnected: isBroken = isReady
            case .connected, .accepted: break
            }
        }
    }
}
