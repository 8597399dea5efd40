import CZeroMQ
import Glibc
import Threads

/// The options of a socket. They are set when the socket is made and do not change.
///
/// The defaults suit messages of up to hundreds of megabytes between machines that come and go. zmq_setsockopt(3)
/// describes the option named beside each property. Durations are rounded up to whole milliseconds.
public struct SocketOptions: Sendable {
    /// The heartbeat that finds dead ZMTP connections which TCP has not noticed (ZMTP 3.1, "Connection heartbeating").
    public struct Heartbeat: Sendable {
        /// The interval of PINGs (ZMQ_HEARTBEAT_IVL).
        public var interval: Duration
        /// The longest silence after a PING (ZMQ_HEARTBEAT_TIMEOUT).
        public var timeout: Duration
        /// The longest silence that the other end allows this one, in tenths of a second, at most 6,553.5 s
        /// (ZMQ_HEARTBEAT_TTL).
        public var timeToLive: Duration

        public init(interval: Duration, timeout: Duration, timeToLive: Duration) {
            self.interval = interval
            self.timeout = timeout
            self.timeToLive = timeToLive
        }
    }

    /// The time for which queued messages may delay the context's end after the socket has closed (ZMQ_LINGER).
    public var linger: Duration = .seconds(1)
    /// The number of messages queued for one peer before `send` returns `.wouldBlock` (ZMQ_SNDHWM).
    public var sendHighWaterMark = 8
    /// The number of messages queued from one peer before TCP holds it back (ZMQ_RCVHWM).
    public var receiveHighWaterMark = 8
    /// The limit of a frame's bytes. A peer that announces a longer frame is disconnected before memory is allocated
    /// (ZMQ_MAXMSGSIZE).
    public var maxMessageSize = 256 << 20
    /// The limit of a message's frames. `receive` refuses a message with more.
    ///
    /// Further frames are dropped one at a time. libzmq itself does not limit the frames of an arriving message;
    /// ``TCPGate`` limits their bytes.
    public var maxFrameCount = 64
    /// Whether messages are queued for completed connections only (ZMQ_IMMEDIATE).
    public var immediate = true
    /// Whether a ROUTER answers `.unreachable` where it would drop a message silently (ZMQ_ROUTER_MANDATORY).
    public var routerMandatory = true
    /// Whether a ROUTER gives a routing id in use to a newcomer that claims it (ZMQ_ROUTER_HANDOVER). If so, any
    /// admitted peer can take another's place.
    public var routerHandover = false
    /// The routing id that a DEALER asks of a ROUTER, 1 to 255 bytes, not starting with 0; nil: the ROUTER chooses one
    /// (ZMQ_ROUTING_ID).
    public var routingID: Frame?
    /// The time limit of a new connection's handshake (ZMQ_HANDSHAKE_IVL).
    public var handshakeInterval: Duration = .seconds(10)
    /// The first pause before a lost connection is tried again (ZMQ_RECONNECT_IVL).
    public var reconnectInterval: Duration = .milliseconds(100)
    /// The longest pause before a lost connection is tried again. The pause doubles with every failure
    /// (ZMQ_RECONNECT_IVL_MAX).
    public var maxReconnectInterval: Duration = .seconds(5)
    /// The heartbeat; nil: a dead connection is noticed only by TCP.
    public var heartbeat: Heartbeat?
    /// Whether `ipc://` endpoints take connections of this process alone (ZMQ_IPC_FILTER_PID).
    public var isPrivate = false
    /// The role in CURVE; nil: neither encryption nor authentication, for loopback only.
    public var curve: Curve.Role?

    public init() {}

    /// Sets every option on a new socket.
    func apply(to socket: SocketHandle) throws(ZeroMQError) {
        try socket.set(ZMQ_LINGER, "ZMQ_LINGER", to: linger.milliseconds)
        try socket.set(ZMQ_SNDHWM, "ZMQ_SNDHWM", to: CInt(clamping: sendHighWaterMark))
        try socket.set(ZMQ_RCVHWM, "ZMQ_RCVHWM", to: CInt(clamping: receiveHighWaterMark))
        // libzmq compares the limit with the size on the wire.
        let wireSize = maxMessageSize + (curve == nil ? 0 : Curve.Role.overheadPerFrame)
        try socket.set(ZMQ_MAXMSGSIZE, "ZMQ_MAXMSGSIZE", to: Int64(wireSize))
        try socket.set(ZMQ_IMMEDIATE, "ZMQ_IMMEDIATE", to: CInt(immediate ? 1 : 0))
        try socket.set(ZMQ_HANDSHAKE_IVL, "ZMQ_HANDSHAKE_IVL", to: handshakeInterval.milliseconds)
        try socket.set(ZMQ_RECONNECT_IVL, "ZMQ_RECONNECT_IVL", to: reconnectInterval.milliseconds)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, "ZMQ_RECONNECT_IVL_MAX", to: maxReconnectInterval.milliseconds)
        if isPrivate { try socket.set(ZMQ_IPC_FILTER_PID, "ZMQ_IPC_FILTER_PID", to: getpid()) }
        if let heartbeat {
            try socket.set(ZMQ_HEARTBEAT_IVL, "ZMQ_HEARTBEAT_IVL", to: heartbeat.interval.milliseconds)
            try socket.set(ZMQ_HEARTBEAT_TIMEOUT, "ZMQ_HEARTBEAT_TIMEOUT", to: heartbeat.timeout.milliseconds)
            try socket.set(ZMQ_HEARTBEAT_TTL, "ZMQ_HEARTBEAT_TTL", to: heartbeat.timeToLive.milliseconds)
        }
        try curve?.apply(to: socket)
        switch socket.kind {
        case .router:
            try socket.set(ZMQ_ROUTER_MANDATORY, "ZMQ_ROUTER_MANDATORY", to: CInt(routerMandatory ? 1 : 0))
            try socket.set(ZMQ_ROUTER_HANDOVER, "ZMQ_ROUTER_HANDOVER", to: CInt(routerHandover ? 1 : 0))
        case .dealer:
            if let routingID { try socket.set(ZMQ_ROUTING_ID, "ZMQ_ROUTING_ID", to: routingID.bytes) }
        case .pair:
            break
        }
    }
}
