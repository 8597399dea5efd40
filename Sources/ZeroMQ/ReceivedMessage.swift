/// What became of a message given to `Socket.send`.
public enum SendOutcome: Sendable {
    /// ZeroMQ has taken the whole message. That it arrives is not promised.
    case sent
    /// Nothing was taken: the queue is at its high-water mark, or (DEALER) no connection is up. Try again later.
    case wouldBlock
    /// Nothing was taken: no connection has the routing id in the first frame (ROUTER with `routerMandatory`).
    case unreachable
}

/// A whole message, with what the handshake proved about its sender.
public struct ReceivedMessage: Sendable {
    /// From a ROUTER socket the first frame is the sender's routing id, to be put first in the answer.
    public var frames: [Frame]
    /// The name the `Authenticator` knows the sender's key by; nil on a connection without CURVE.
    public var userID: String?
    /// The sender's network address, as in `10.0.0.7`; nil for inproc.
    public var peerAddress: String?
    /// The descriptor of the connection that it came on, at the time; nil for inproc.
    var descriptor: CInt?

    /// Bytes of its frames with their heads and with what encryption adds, at most.
    var bytesOnWire: Int { frames.reduce(0) { $0 + $1.count + 9 + Curve.Role.overheadPerFrame } }
}
