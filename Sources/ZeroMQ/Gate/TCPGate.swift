import CZeroMQ
import Glibc
import Threads

/// Stands before a server socket and lets TCP connections through to it, as many and as much as its rules say.
///
/// libzmq bounds neither the number of connections nor what an unfinished message may grow to. The gate accepts them
/// itself and passes their bytes on to an endpoint of the server's socket that this process alone can reach
/// (`SocketOptions.isPrivate`). It knows of an encrypted connection only what can be seen from outside: sizes, and
/// whether the server is satisfied. Who receives the messages tells it that they arrived.
public final class TCPGate: Sendable {
    /// A connection that was ended.
    public struct Refusal: Sendable {
        public enum Reason: Sendable {
            /// It did not come to know the server: another protocol, no keys or others, or too slow.
            case handshake
            /// There were too many.
            case crowded
            /// Its message did not come to an end.
            case unfinishedMessage
        }

        public let reason: Reason
        /// The peer's network address.
        public let address: String
    }

    /// A connection through the gate. Numbers are not used again.
    public struct Connection: Hashable, Sendable {
        let id: Turnstile.ID
    }

    /// Where the gate listens, with the port that stands for `*`.
    public let endpoint: String
    /// Where the server's socket has to be bound, with `SocketOptions.isPrivate`.
    public let serverEndpoint: String
    private let serverName: String
    private let connectionName: String
    private let desk: GateDesk
    private let thread: OSThread

    /// Listens at an endpoint. Connections are made to the server's endpoint as they come: bind it first or at once.
    ///
    /// - Parameter onRefusal: called on the gate's thread.
    /// - Throws: ``ZeroMQError`` with the endpoint: in use, not an address of this machine, malformed; `ThreadError`.
    /// - Returns: nil for another transport than TCP, which needs no gate: whoever reaches it is on this machine and
    ///   has the right to open a socket's file.
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

    /// The network address of the peer whose key the server looks at; it looks at one at a time.
    public var judgedAddress: String? { desk.judged }

    /// Notes that a message of the server's socket has arrived.
    /// - Returns: the connection that it came on; nil when that has ended.
    public func received(_ message: ReceivedMessage) -> Connection? {
        guard let descriptor = message.descriptor, let name = StreamSocket.peerName(of: descriptor),
            name.hasPrefix(connectionName), let id = Turnstile.ID(name.dropFirst(connectionName.count))
        else { return nil }
        desk.deliver(message.bytesOnWire, of: id)
        return Connection(id: id)
    }

    /// Lets the peer of a connection send messages of a member's size from now on.
    public func admit(_ connection: Connection) {
        desk.admit(connection.id)
    }

    /// A listener for each address of the endpoint, all with one port.
    private static func listen(at target: TCPEndpoint) throws(ZeroMQError) -> [(StreamSocket, SocketAddress)] {
        var listeners: [(StreamSocket, SocketAddress)] = []
        for address in try target.addressesToListen() {
            let port = target.port ?? listeners.first?.1.port ?? 0
            do throws(SystemError) {
                let listener = try StreamSocket.listening(at: address.with(port: port))
                guard let local = listener.localAddress else { throw SystemError() }
                listeners.append((listener, local))
            } catch {
                // A name may have addresses of a kind that this machine does not use.
                if !listeners.isEmpty, [EADDRNOTAVAIL, EAFNOSUPPORT].contains(error.code) { continue }
                throw ZeroMQError(.bind, endpoint: target.text, code: .init(rawValue: error.code))
            }
        }
        return listeners
    }
}
