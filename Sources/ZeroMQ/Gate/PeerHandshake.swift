/// The first bytes of a connection from a peer to a server, read by their sizes alone (ZMTP 3.1, ZeroMQ RFC 23 and 37):
/// a greeting, then commands, each of which is passed on only when it is there whole.
///
/// What is wrong in a command is for the server to find. Here it is made sure that the server never holds half of one,
/// and that no peer makes anybody hold more than a few kilobytes before it has shown what it is.
package struct PeerHandshake {
    /// No beginning of this protocol.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Something to pass on.
    package enum Part: Equatable {
        /// Ten bytes that tell the protocol from others, after which the server begins to speak.
        case signature([UInt8])
        /// Some of the rest of the greeting. The server answers before it is whole.
        case greeting([UInt8])
        case command([UInt8])
    }

    private static let signatureBytes = 10
    private static let greetingBytes = 64
    /// CURVE's largest, INITIATE, has 257 bytes and the peer's properties: a type and a name of at most 255.
    private static let commandBytes = 1024
    /// Beyond this nothing is read until the server has answered.
    package static let heldBytes = 4096
    private static let mostCommands = 2
    private static let commandFlag: UInt8 = 4
    private static let longFlag: UInt8 = 2

    private var held: [UInt8] = []
    /// Bytes of the greeting that were passed on.
    private var greeted = 0
    /// Commands that were passed on.
    package private(set) var commands = 0

    package init() {}

    /// Bytes that were received and not passed on.
    package var bytesHeld: Int { held.count }

    package mutating func receive(_ bytes: some Collection<UInt8>) {
        held += bytes
    }

    /// The next part that is there whole.
    /// - Returns: `nil` when more has to come, or when what follows is no command and belongs behind the handshake.
    /// - Throws: ``Malformed``.
    package mutating func next() throws(Malformed) -> Part? {
        if greeted < Self.signatureBytes { return try signature() }
        if greeted < Self.greetingBytes { return greeting() }
        // No handshake has more, and nothing else is said before the server has answered.
        guard commands < Self.mostCommands, let size = try nextCommandSize() else { return nil }
        commands += 1
        return .command(take(size))
    }

    /// Whether the next part is there whole and is a command after the first: in CURVE the one that proves a key.
    package var hasProof: Bool {
        guard commands == 1, let size = try? nextCommandSize() else { return false }
        return size > 0
    }

    /// What the peer sent behind its handshake, which is over.
    package mutating func rest() -> [UInt8] { take(held.count) }

    private mutating func signature() throws(Malformed) -> Part? {
        if let first = held.first, first != 0xFF { throw Malformed(description: "not ZMTP") }
        guard held.count >= Self.signatureBytes else { return nil }
        guard held[Self.signatureBytes - 1] & 1 == 1 else { throw Malformed(description: "ZMTP before 2.0") }
        greeted = Self.signatureBytes
        return .signature(take(Self.signatureBytes))
    }

    private mutating func greeting() -> Part? {
        guard !held.isEmpty else { return nil }
        let count = min(held.count, Self.greetingBytes - greeted)
        greeted += count
        return .greeting(take(count))
    }

    /// The size of the command that begins what is held, with its head: flags and a length of one byte or eight.
    private func nextCommandSize() throws(Malformed) -> Int? {
        guard let flags = held.first, flags & Self.commandFlag != 0 else { return nil }
        let lengthBytes = flags & Self.longFlag == 0 ? 1 : 8
        guard held.count > lengthBytes else { return nil }
        let length = held[1...lengthBytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= Self.commandBytes else {
            throw Malformed(description: "a handshake command of \(length) bytes")
        }
        let size = 1 + lengthBytes + Int(length)
        return held.count < size ? nil : size
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        let bytes = Array(held.prefix(count))
        held.removeFirst(count)
        return bytes
    }
}
