import Glibc

/// An endpoint `tcp://HOST:PORT`. The host is an IPv4 address, an IPv6 address in brackets, or a name; to listen, also
/// an interface or `*`. The port may be `*` to listen.
public struct TCPEndpoint: Sendable {
    static let scheme = "tcp://"
    /// The time limit for an address to answer, if a host has several.
    private static let probe = Duration.milliseconds(300)

    /// The endpoint as the caller wrote it.
    let text: String
    /// The host without brackets.
    let host: String
    /// The port; nil: the system chooses.
    let port: Int?

    /// - Returns: nil for another transport.
    /// - Throws: `ZeroMQError` when the endpoint is malformed or the port is out of range.
    init?(_ text: String, _ operation: ZeroMQError.Operation) throws(ZeroMQError) {
        guard text.hasPrefix(Self.scheme) else { return nil }
        let rest = text.dropFirst(Self.scheme.count)
        let malformed = ZeroMQError(operation, endpoint: text, code: .invalidArgument)
        guard let colon = rest.lastIndex(of: ":"), colon != rest.startIndex else { throw malformed }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty, !host.utf8.contains(0) else { throw malformed }
        self.text = text
        self.host = String(host)
        let port = rest[rest.index(after: colon)...]
        if port == "*", operation == .bind {
            self.port = nil
            return
        }
        guard !port.isEmpty, port.utf8.allSatisfy({ (48...57).contains($0) }) else { throw malformed }
        // libzmq would take the port modulo 65,536.
        guard let number = Int(port), (1...65_535).contains(number) else {
            let detail = "port \(port) is not in 1...65535"
            throw ZeroMQError(operation, endpoint: text, code: .invalidArgument, detail: detail)
        }
        self.port = number
    }

    /// Whether only this machine can reach an endpoint to listen at.
    ///
    /// - Throws: `ZeroMQError` when the endpoint is malformed or no address of this machine.
    public static func isLoopback(_ endpoint: String) throws(ZeroMQError) -> Bool {
        guard let target = try TCPEndpoint(endpoint, .bind) else {
            if endpoint.hasPrefix("ipc://") { return true }
            let code = endpoint.contains("://") ? ZeroMQError.Code.protocolNotSupported : .invalidArgument
            throw ZeroMQError(.bind, endpoint: endpoint, code: code)
        }
        return try target.addressesToListen().allSatisfy(\.isLoopback)
    }

    /// - Throws: `ZeroMQError` when this machine has no such address or interface.
    func addressesToListen() throws(ZeroMQError) -> [SocketAddress] {
        var found: [SocketAddress]
        if host == "*" {
            let isIPv6 = StreamSocket(family: AF_INET6) != nil
            found = [.wildcard(isIPv6: isIPv6)]
        } else {
            found = SocketAddress.addresses(of: host, isNumeric: true).addresses
            if found.isEmpty { found = SocketAddress.ofInterface(host).map { [$0] } ?? [] }
            if found.isEmpty { found = SocketAddress.addresses(of: host, isNumeric: false).addresses }
        }
        guard !found.isEmpty else { throw ZeroMQError(.bind, endpoint: text, code: .noSuchDevice) }
        // The first address is printed as the endpoint. An IPv4 address is easier to read.
        return found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
    }

    /// The address to connect to: of several addresses the first that accepts a connection.
    ///
    /// - Throws: `ZeroMQError` with `.hostUnreachable` for an unknown host.
    func addressToConnect() throws(ZeroMQError) -> SocketAddress {
        var found = SocketAddress.addresses(of: host, isNumeric: true)
        if found.addresses.isEmpty { found = SocketAddress.addresses(of: host, isNumeric: false) }
        let addresses = found.addresses.map { $0.with(port: port ?? 0) }
        guard let first = addresses.first else {
            throw ZeroMQError(
                .connect, endpoint: text, code: .hostUnreachable, detail: "unknown host '\(host)' (\(found.reason))")
        }
        if addresses.count == 1 { return first }
        let reached = addresses.first { StreamSocket.isListening(at: $0, within: Self.probe) }
        return reached ?? addresses.first { $0.family == AF_INET } ?? first
    }
}
