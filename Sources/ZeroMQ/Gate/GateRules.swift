/// The numbers that a gate keeps to, each with its reason.
public struct GateRules: Sendable {
    /// Connections whose handshake is not over: with libzmq's buffers each may take 40 KB and three descriptors.
    package var halfOpen: Int
    /// Connections whose handshake is over.
    package var open: Int
    /// How long a handshake may take: three round trips and a proof, over any network that work can be done on.
    package var handshake = Duration.seconds(3)
    /// Bytes of a visitor that did not arrive as whole messages.
    package var visitorBytes: Int
    /// The same of all visitors together.
    package var visitorsBytes: Int
    /// Bytes of a member that did not arrive as whole messages.
    package var memberBytes: Int
    /// How long a connection may stand still at its limit before its message counts as endless: longer than whoever
    /// takes the messages is ever busy with something else.
    package var patience = Duration.seconds(10)
    /// PING and PONG of ZMTP that are forgiven: one each way in a second has less than 100 bytes.
    package var commandBytesPerSecond = 1024

    /// Descriptors that a connection takes: the peer's, and the two ends of what leads on.
    private static let descriptorsPerConnection = 3

    /// Rules that leave half of the process's descriptors to everybody else.
    ///
    /// - Parameters:
    ///   - descriptors: that the process may have (RLIMIT_NOFILE).
    ///   - visitorMessage: bytes of the largest message of somebody whom the application does not know yet.
    ///   - memberMessage: bytes of the largest message of others.
    public init(descriptors: Int, visitorMessage: Int, memberMessage: Int) {
        let connections = max(16, min(8192, descriptors / 2 / Self.descriptorsPerConnection))
        halfOpen = min(256, connections / 4)
        open = connections - halfOpen
        // Beside the message: the heads of its frames, and what encryption adds to them.
        let frameHeads = 1 << 20
        visitorBytes = visitorMessage + frameHeads
        visitorsBytes = 16 * visitorBytes
        memberBytes = memberMessage + frameHeads
    }
}
