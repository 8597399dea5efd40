import CZeroMQ
import Glibc
import Threads

/// Limits the TCP connections to a server socket and the bytes of their unfinished messages.
///
/// libzmq limits neither the connections nor the size of an unfinished message. The gate accepts the connections
/// itself. It passes their bytes on to an endpoint of the server's socket that only this process can reach
/// (`SocketOptions.isPrivate`). Of an encrypted connection it sees only the sizes, and whether the server admits the
/// peer. The receiver of the messages tells the gate when a message has arrived.
public final class TCPGate: Sendable {
    /// A connection that the gate ended.
    public struct Refusal: Sendable {
        public enum Reason: Sendable {
            /// The handshake failed: another protocol, no keys, wrong keys, or too slow.
            case handshake
            /// There were too many connections.
            case crowded
            /// The peer's message did not end.
            case unfinishedMessage
        }

        public let reason: Reason
        /// The peer's network address.
        public let address: String
    }

    /// A connection through the gate. Its number is not used again.
    public struct Connection: Hashable, Sendable {
        let id: Turnstile.ID
    }

    /// The endpoint at which the gate listens, with the port that replaces `*`.
    public let endpoint: String
    /// The endpoint to which the server's socket must be bound, with `SocketOptions.isPrivate`.
    public let serverEndpoint: String
    private let serverName: String
    private let connectionName: String
    private let desk: GateDesk
    private let thread: OSThread

    /// Listens at an endpoint. The gate connects to the server's endpoint for each peer, so bind it first or at once.
    ///
    /// - Parameter onRefusal: called on the gate's thread.
    /// - Throws: ``ZeroMQError`` when the endpoint is in use, malformed or no address of this machine; `ThreadError`.
    /// - Returns: nil for a transport other than TCP. It needs no gate: its peers are on this machine and have the
    ///   right to open a socket's file.
    public init?(
        at endpoint: String, rules: GateRules, onRefusal: @escaping @Sendable (Refusal) -> Void
    ) throws {
        guard let target = try TCPEndpoint(endpoint, .bind) else { return nil }
        let addresses = try Self.listen(at: target)
        let secret = String(UInt64.random(in: .min ... .max), radix: 36)
        serverName = "longscan-\(getpid())-\(secret)"
        connectionName = "\(serverName)-"
        serverEndpoint = "ipc://@\(serverName)"
        self.endpoint = addresses[0].1.endpoint
        let desk = try GateDesk()
        self.desk = desk
        let gate = try GateThread(
            addresses.map(\.0), server: serverName, ownName: connectionName, rules: rules, desk: desk,
            onRefusal: onRefusal)
        thread = try OSThread(name: "gate") { gate.run() }
    }

    deinit {
        desk.close()
        thread.join()
    }

    /// The network address of the peer whose key the server checks. The server checks one key at a time.
    public var judgedAddress: String? { desk.judged }

    /// Notes that a message of the server's socket has arrived.
    /// - Returns: the message's connection; nil when it has ended.
    public func received(_ message: ReceivedMessage) -> Connection? {
        guard let descriptor = message.descriptor, let name = StreamSocket.peerName(of: descriptor),
            name.hasPrefix(connectionName), let id = Turnstile.ID(name.dropFirst(connectionName.count))
        else { return nil }
        desk.deliver(message.bytesOnWire, of: id)
        return Connection(id: id)
    }

    /// Makes a connection's peer a member, which may send larger messages.
    public func admit(_ connection: Connection) {
        desk.admit(connection.id)
    }

    /// A listener for each address of the endpoint. All have the same port.
    private static func listen(at target: TCPEndpoint) throws(ZeroMQError) -> [(StreamSocket, SocketAddress)] {
        var listeners: [(StreamSocket, SocketAddress)] = []
        for address in try target.addressesToListen() {
            let port = target.port ?? listeners.first?.1.port ?? 0
            do throws(SystemError) {
                let listener = try StreamSocket.listening(at: address.with(port: port))
                guard let local = listener.localAddress else { throw SystemError() }
                listeners.append((listener, local))
            } catch {
                // A name may have addresses of a family that this machine does not use.
                if !listeners.isEmpty, [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.code) { continue }
                throw ZeroMQError(.bind, endpoint: target.text, code: .init(rawValue: error.code))
            }
        }
        return listeners
    }
}
