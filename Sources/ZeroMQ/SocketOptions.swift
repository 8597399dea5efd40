import CZeroMQ
import Glibc
import Threads

/// The options of a socket, set when it is made and not changed afterwards.
///
/// The defaults suit messages of up to hundreds of megabytes between machines that come and go. zmq_setsockopt(3) has
/// the option named beside each property. Durations are rounded up to whole milliseconds.
public struct SocketOptions: Sendable {
    /// When a ZMTP connection counts as dead although TCP has not noticed (ZMTP 3.1, "Connection heartbeating").
    public struct Heartbeat: Sendable {
        /// How often a PING is sent (ZMQ_HEARTBEAT_IVL).
        public var interval: Duration
        /// How long this side waits for any traffic after a PING (ZMQ_HEARTBEAT_TIMEOUT).
        public var timeout: Duration
        /// How long the other side may go without traffic from here; in tenths of a second, at most 6,553.5 s
        /// (ZMQ_HEARTBEAT_TTL).
        public var timeToLive: Duration

        public init(interval: Duration, timeout: Duration, timeToLive: Duration) {
            self.interval = interval
            self.timeout = timeout
            self.timeToLive = timeToLive
        }
    }

    /// How long queued messages may keep the context from ending after the socket has closed (ZMQ_LINGER).
    public var linger: Duration = .seconds(1)
    /// Messages, of whatever size, queued for one peer before `send` says `.wouldBlock` (ZMQ_SNDHWM).
    public var sendHighWaterMark = 8
    /// Messages, of whatever size, queued from one peer before TCP holds it back (ZMQ_RCVHWM).
    public var receiveHighWaterMark = 8
    /// A peer that announces a longer frame, in bytes, is disconnected before memory is allocated (ZMQ_MAXMSGSIZE).
    public var maxMessageSize = 256 << 20
    /// `receive` refuses messages of more frames than this.
    ///
    /// Frames beyond it are dropped one at a time. While such a message is still arriving libzmq itself has no limit on
    /// the number of its frames: ``TCPGate`` has one on their bytes.
    public var maxFrameCount = 64
    /// Whether messages are queued for completed connections only (ZMQ_IMMEDIATE).
    public var immediate = true
    /// Whether a ROUTER answers `.unreachable` where it would drop a message silently (ZMQ_ROUTER_MANDATORY).
    public var routerMandatory = true
    /// Whether a ROUTER gives a routing id in use to the newcomer that claims it (ZMQ_ROUTER_HANDOVER). With it any
    /// admitted peer can take another's place.
    public var routerHandover = false
    /// The name by which a DEALER asks a ROUTER to know it, 1 to 255 bytes, not starting with 0; nil: the ROUTER picks
    /// one (ZMQ_ROUTING_ID).
    public var routingID: Frame?
    /// How long a new connection may take to finish its handshake (ZMQ_HANDSHAKE_IVL).
    public var handshakeInterval: Duration = .seconds(10)
    /// The pause before a lost connection is tried again (ZMQ_RECONNECT_IVL)…
    public var reconnectInterval: Duration = .milliseconds(100)
    /// …which doubles with every failure up to this (ZMQ_RECONNECT_IVL_MAX).
    public var maxReconnectInterval: Duration = .seconds(5)
    /// nil: a half-open connection goes unnoticed for as long as TCP takes.
    public var heartbeat: Heartbeat?
    /// Whether `ipc://` endpoints take connections of this process alone (ZMQ_IPC_FILTER_PID).
    public var isPrivate = false
    /// nil: neither encryption nor authentication, for loopback only.
    public var curve: Curve.Role?

    public init() {}

    /// Sets every option on a new socket.
    func apply(to socket: SocketHandle) throws(ZeroMQError) {
        try socket.set(ZMQ_LINGER, "ZMQ_LINGER", to: linger.milliseconds)
        try socket.set(ZMQ_SNDHWM, "ZMQ_SNDHWM", to: CInt(clamping: sendHighWaterMark))
        try socket.set(ZMQ_RCVHWM, "ZMQ_RCVHWM", to: CInt(clamping: receiveHighWaterMark))
        // libzmq compares what is on the wire.
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
