/// The first bytes of a connection from a peer to a server, read by their sizes alone (ZMTP 3.1, ZeroMQ RFC 23 and 37):
/// a greeting, then commands. Each command is passed on only when it is whole.
///
/// The server checks the contents of the commands. This type ensures that the server never holds an unfinished command,
/// and that a peer fills only a few kilobytes before it has proved itself.
package struct PeerHandshake {
    /// The error of bytes that do not begin this protocol.
    package struct Malformed: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// A part of the handshake to pass on.
    package enum Part: Equatable {
        /// The ten bytes that tell the protocol from others. The server answers them.
        case signature([UInt8])
        /// A piece of the rest of the greeting. The server answers before the greeting is whole.
        case greeting([UInt8])
        case command([UInt8])
    }

    private static let signatureBytes = 10
    private static let greetingBytes = 64
    /// The limit of a command's bytes. CURVE's largest, INITIATE, has 257 bytes and the peer's properties: a type and a
    /// name of at most 255.
    private static let commandBytes = 1024
    /// The limit of held bytes. At the limit nothing is read until the server has answered.
    package static let heldBytes = 4096
    private static let mostCommands = 2
    private static let commandFlag: UInt8 = 4
    private static let longFlag: UInt8 = 2

    private var held: [UInt8] = []
    /// The bytes of the greeting that were passed on.
    private var greeted = 0
    /// The number of commands that were passed on.
    package private(set) var commands = 0

    package init() {}

    /// The number of bytes that were received and not passed on.
    package var bytesHeld: Int { held.count }

    package mutating func receive(_ bytes: some Collection<UInt8>) {
        held += bytes
    }

    /// The next whole part.
    /// - Returns: `nil` when more bytes must come, or when the handshake is over.
    /// - Throws: ``Malformed``.
    package mutating func next() throws(Malformed) -> Part? {
        if greeted < Self.signatureBytes { return try signature() }
        if greeted < Self.greetingBytes { return greeting() }
        // No handshake has more commands. A peer must wait for the server's answer before it sends anything else.
        guard commands < Self.mostCommands, let size = try nextCommandSize() else { return nil }
        commands += 1
        return .command(take(size))
    }

    /// Whether the next part is whole and is a command after the first. In CURVE this command proves a key.
    package var hasProof: Bool {
        guard commands == 1, let size = try? nextCommandSize() else { return false }
        return size > 0
    }

    /// The bytes that the peer sent after its handshake.
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

    /// The size of the next command with its head: flags, and a length of one byte or eight.
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
