/// The limits of a gate, each with its reason.
public struct GateRules: Sendable {
    /// The limit of half-open connections, whose handshake is not over. With libzmq's buffers, each may take 40 KB and
    /// three descriptors.
    package var halfOpen: Int
    /// The limit of open connections, whose handshake is over.
    package var open: Int
    /// The time limit of a handshake: enough for three round trips and a proof on any usable network.
    package var handshake = Duration.seconds(3)
    /// The limit of a visitor's bytes that did not arrive as whole messages.
    package var visitorBytes: Int
    /// The limit of all visitors' bytes that did not arrive as whole messages.
    package var visitorsBytes: Int
    /// The limit of a member's bytes that did not arrive as whole messages.
    package var memberBytes: Int
    /// The time after which a stalled connection's message counts as endless. The receiver of the messages is never
    /// busy for as long.
    package var patience = Duration.seconds(10)
    /// The rate of forgiven bytes of ZMTP's PING and PONG: one each way in a second has less than 100 bytes.
    package var commandBytesPerSecond = 1024

    /// The descriptors of a connection: one to the peer, and two for the connection to the server.
    private static let descriptorsPerConnection = 3

    /// Rules that leave half of the process's descriptors to everybody else.
    ///
    /// - Parameters:
    ///   - descriptors: the limit of the process's descriptors (RLIMIT_NOFILE).
    ///   - visitorMessage: the bytes of a visitor's largest message. A visitor's peer is not known to the application.
    ///   - memberMessage: the bytes of a member's largest message.
    public init(descriptors: Int, visitorMessage: Int, memberMessage: Int) {
        let connections = max(16, min(8192, descriptors / 2 / Self.descriptorsPerConnection))
        halfOpen = min(256, connections / 4)
        open = connections - halfOpen
        // The allowance beside the message is for the heads of its frames and the bytes that encryption adds.
        let frameHeads = 1 << 20
        visitorBytes = visitorMessage + frameHeads
        visitorsBytes = 16 * visitorBytes
        memberBytes = memberMessage + frameHeads
    }
}
