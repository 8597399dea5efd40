/// The server's answer in a handshake, read from the bytes that the server sends (ZMTP 3.1; ZeroMQ RFC 26 for CURVE).
///
/// The bytes are passed on unchanged. This type only reads them until one of two commands ends the handshake.
package struct ServerHandshake {
    package enum Answer: Equatable {
        /// The server admits the peer. A server without keys says so before the peer's part.
        case ready
        /// The server refuses the peer and tells it why (RFC 27: its key is not on the list).
        case refused
    }

    private static let greetingBytes = 64
    private static let ready = [UInt8(5)] + "READY".utf8
    private static let error = [UInt8(5)] + "ERROR".utf8
    private static let longFlag: UInt8 = 2

    private var held: [UInt8] = []
    private var greeted = 0
    package private(set) var answer: Answer?

    package init() {}

    package mutating func look(at bytes: some Collection<UInt8>) {
        guard answer == nil else { return }
        held += bytes
        let greeting = min(held.count, Self.greetingBytes - greeted)
        held.removeFirst(greeting)
        greeted += greeting
        while answer == nil, let body = nextBody() {
            if body.starts(with: Self.ready) { answer = .ready }
            if body.starts(with: Self.error) { answer = .refused }
        }
        if answer != nil { held = [] }
    }

    /// The body of the next frame, without the frame's head.
    private mutating func nextBody() -> [UInt8]? {
        guard let flags = held.first else { return nil }
        let lengthBytes = flags & Self.longFlag == 0 ? 1 : 8
        guard held.count > lengthBytes else { return nil }
        let length = held[1...lengthBytes].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard UInt64(held.count - 1 - lengthBytes) >= length else { return nil }
        let end = 1 + lengthBytes + Int(length)
        let body = Array(held[(1 + lengthBytes)..<end])
        held.removeFirst(end)
        return body
    }
}
