import Coordination
import ZeroMQ

/// One connection of a client, from its handshake to its end. If it breaks, a pending question is asked again on
/// another connection.
final class ClientConnection {
    enum Outcome {
        case answer(CoordinatorMessage)
        /// The connection can no longer be used.
        case broken
        /// No connection was made in time.
        case noConnection(hasHandshakeFailed: Bool)
        /// The peer did not answer in time.
        case noAnswer
    }

    /// The heartbeat by which a dead host is noticed. A busy coordinator may be slow to answer, but its connections
    /// still answer heartbeats.
    private static let heartbeat = SocketOptions.Heartbeat(
        interval: Limits.heartbeatInterval, timeout: Limits.connectionSilence, timeToLive: Limits.connectionSilence)

    private let endpoint: String
    private let keys: ClientKeys?
    private let socket: Socket
    private let monitor: SocketMonitor
    private var (isReady, isBroken, hasHandshakeFailed) = (false, false, false)

    /// - Throws: `ZeroMQError` for a malformed endpoint; `ThreadError` if the system lacks resources.
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

    /// Asks a question and waits for the outcome.
    /// - Parameters:
    ///   - connected: the deadline for the connection.
    ///   - answered: the deadline for the answer.
    /// - Throws: `CoordinatorClient.Failure` if the coordinator does not accept our key; `ZeroMQError`;
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
            // Messages received before the connection broke are read before the break is reported.
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
            // A failed handshake ends its connection too, and libzmq reconnects.
            case .disconnected: isBroken = isReady
            case .connected, .accepted: break
            }
        }
    }
}
