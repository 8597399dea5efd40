/// The outcome of `Socket.send`.
public enum SendOutcome: Sendable {
    /// ZeroMQ has taken the whole message. Its arrival is not certain.
    case sent
    /// Nothing was taken: the queue is at its high-water mark, or a DEALER has no connection. Try again later.
    case wouldBlock
    /// Nothing was taken: no connection of the ROUTER has the routing id in the first frame (`routerMandatory`).
    case unreachable
}

/// A whole message, and the facts about its sender that the handshake proved.
public struct ReceivedMessage: Sendable {
    /// The frames. From a ROUTER socket, the first is the sender's routing id, which must come first in the answer.
    public var frames: [Frame]
    /// The name that the `Authenticator` has for the sender's key; nil on a connection without CURVE.
    public var userID: String?
    /// The sender's network address, such as `10.0.0.7`; nil for inproc.
    public var peerAddress: String?
    /// The descriptor of the message's connection at the time of arrival; nil for inproc.
    var descriptor: CInt?

    /// The largest number of bytes on the wire: those of the frames, of their heads and of encryption.
    var bytesOnWire: Int { frames.reduce(0) { $0 + $1.count + 9 + Curve.Role.overheadPerFrame } }
}
