import CZeroMQ
import Synchronization

/// Tells what happens to the connections below a socket, for logs and metrics (zmq_socket_monitor(3)).
///
/// It belongs to the socket's thread and keeps the socket open. Events may come late; nothing should be decided by
/// them.
public struct SocketMonitor: ~Copyable {
    public enum Event: Hashable, Sendable {
        /// A TCP connection was made from here.
        case connected
        /// A TCP connection was made to here.
        case accepted
        /// From now on messages flow.
        case handshakeSucceeded
        /// The other side does not speak this protocol, or not with these keys.
        case handshakeFailed
        /// The server's ZAP handler said no: 400 for an unknown key, 500 for its own failure (RFC 27).
        ///
        /// The client's socket does not try again, and another `connect` of it to the same endpoint does nothing:
        /// libzmq takes the refusal as final. A new socket can try.
        case refused(status: Int)
        case disconnected
    }

    let handle: SocketHandle
    private let watched: SocketHandle

    /// - Parameter socket: has no other monitor.
    /// - Throws: `ZeroMQError` when there are too many sockets.
    public init(_ socket: borrowing Socket) throws(ZeroMQError) {
        let watched = socket.handle
        precondition(!watched.isMonitored, "a socket has one monitor at a time")
        let handle = try SocketHandle(.pair, in: watched.context)
        try handle.set(ZMQ_LINGER, "ZMQ_LINGER", to: CInt(0))
        // libzmq gives a name back some time after a monitor is gone, so none is used again.
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

    /// The next event with the endpoint it happened at, or nil when there is none yet.
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

/// Monitors made so far, in the whole process.
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
