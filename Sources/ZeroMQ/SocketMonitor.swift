import CZeroMQ
import Synchronization

/// Reports the events of a socket's connections, for logs and metrics (zmq_socket_monitor(3)).
///
/// It belongs to the socket's thread and keeps the socket open. Events may come late, so no decision should depend on
/// them.
public struct SocketMonitor: ~Copyable {
    public enum Event: Hashable, Sendable {
        /// This socket has made a TCP connection.
        case connected
        /// This socket has accepted a TCP connection.
        case accepted
        /// The handshake has succeeded, and messages flow.
        case handshakeSucceeded
        /// The other end does not speak this protocol, or has other keys.
        case handshakeFailed
        /// The server's ZAP handler has refused the client: 400 for an unknown key, 500 for its own failure (RFC 27).
        ///
        /// libzmq takes the refusal as final. The client's socket does not try again, and another `connect` to the same
        /// endpoint does nothing. A new socket can try.
        case refused(status: Int)
        case disconnected
    }

    let handle: SocketHandle
    private let watched: SocketHandle

    /// - Parameter socket: a socket without another monitor.
    /// - Throws: `ZeroMQError` when there are too many sockets.
    public init(_ socket: borrowing Socket) throws(ZeroMQError) {
        let watched = socket.handle
        precondition(!watched.isMonitored, "a socket has one monitor at a time")
        let handle = try SocketHandle(.pair, in: watched.context)
        try handle.set(ZMQ_LINGER, "ZMQ_LINGER", to: CInt(0))
        // libzmq frees a name some time after its monitor has ended, so no name is used twice.
        let number = monitorCount.wrappingAdd(1, ordering: .relaxed).newValue
        let endpoint = "inproc://monitor-\(number)"
        guard unsafe zmq_socket_monitor(watched.pointer, endpoint, Self.mask) == 0 else { throw .last(.monitor) }
        guard unsafe zmq_connect(handle.pointer, endpoint) == 0 else { throw .last(.monitor) }
        watched.isMonitored = true
        self.watched = watched
        self.handle = handle
    }

    deinit {
        unsafe zmq_socket_monitor(watched.pointer, nil, 0)
        watched.isMonitored = false
    }

    /// The next event and its endpoint; nil if there is none yet.
    ///
    /// - Throws: `ZeroMQError` when the context was shut down.
    public func receive() throws(ZeroMQError) -> (event: Event, endpoint: String)? {
        let head = FrameStorage()
        if unsafe head.receive(from: handle.pointer) == -1 {
            let error = ZeroMQError.last(.receive)
            if error.code == .wouldBlock { return nil }
            throw error
        }
        let endpoint = FrameStorage()
        guard unsafe endpoint.receive(from: handle.pointer) != -1 else { throw .last(.receive) }
        return Event(Frame(storage: head)).map { ($0, Frame(storage: endpoint).text ?? "") }
    }

    private static let mask =
        ZMQ_EVENT_CONNECTED | ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH
}

/// The number of monitors made so far in the process.
private let monitorCount = Atomic(0)

extension SocketMonitor.Event {
    /// - Parameter frame: the event's number in 16 bits, then its value in 32 bits.
    fileprivate init?(_ frame: Frame) {
        let bytes = frame.bytes.map(Int32.init)
        guard bytes.count == 6 else { return nil }
        let value = bytes[2] | bytes[3] << 8 | bytes[4] << 16 | bytes[5] << 24
        switch bytes[0] | bytes[1] << 8 {
        case ZMQ_EVENT_CONNECTED: self = .connected
        case ZMQ_EVENT_ACCEPTED: self = .accepted
        case ZMQ_EVENT_DISCONNECTED: self = .disconnected
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: self = .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: self = .handshakeFailed
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: self = .refused(status: Int(value))
        default: return nil
        }
    }
}
