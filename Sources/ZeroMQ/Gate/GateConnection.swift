/// The two ends of a connection through a gate, and the bytes on their way between them.
final class GateConnection {
    /// The bytes from one end that the other has not taken yet.
    struct Backlog {
        private var bytes: ArraySlice<UInt8> = []

        var isEmpty: Bool { bytes.isEmpty }

        mutating func append(_ more: ArraySlice<UInt8>) {
            if bytes.isEmpty { bytes = ArraySlice(Array(more)) } else { bytes += more }
        }

        /// Writes as many bytes as the end takes.
        /// - Returns: whether the end is still connected.
        mutating func flush(to end: StreamSocket) -> Bool {
            while !bytes.isEmpty {
                switch end.write(bytes) {
                case .moved(let count): bytes = bytes.dropFirst(count)
                case .wouldBlock: return true
                case .ended: return false
                }
            }
            bytes = []
            return true
        }
    }

    let id: Turnstile.ID
    let address: SocketAddress
    let peer: StreamSocket
    /// The end towards the server; nil until the peer has shown that it speaks the protocol.
    var server: StreamSocket?
    /// The peer's handshake; nil when it is over.
    var handshake: PeerHandshake? = PeerHandshake()
    var serverHandshake = ServerHandshake()
    var toPeer = Backlog()
    var toServer = Backlog()
    var hasPeerEnded = false
    var hasSpoken = false
    var peerInterest: Epoll.Readiness = .readable
    var serverInterest: Epoll.Readiness = .readable

    init(id: Turnstile.ID, _ peer: StreamSocket, from address: SocketAddress) {
        self.id = id
        self.peer = peer
        self.address = address
    }

    var isOpen: Bool { handshake == nil }

    /// - Returns: whether the server's end is still connected.
    func send(toServer bytes: ArraySlice<UInt8>) -> Bool {
        toServer.append(bytes)
        return flush()
    }

    /// - Returns: whether the peer's end is still connected.
    func send(toPeer bytes: ArraySlice<UInt8>) -> Bool {
        toPeer.append(bytes)
        return toPeer.flush(to: peer)
    }

    /// Writes as many bytes as both ends take.
    /// - Returns: whether both ends are still connected.
    func flush() -> Bool {
        guard toPeer.flush(to: peer) else { return false }
        return server.map { toServer.flush(to: $0) } ?? true
    }
}
