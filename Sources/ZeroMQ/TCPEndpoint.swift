import Glibc

/// An endpoint `tcp://HOST:PORT`: an address of IPv4, one of IPv6 in brackets, or a name; to listen also an interface
/// or `*`, and `*` as port.
public struct TCPEndpoint: Sendable {
    static let scheme = "tcp://"
    /// A host with several addresses is reached at the first that answers within this.
    private static let probe = Duration.milliseconds(300)

    /// As it was written.
    let text: String
    /// Without brackets.
    let host: String
    /// nil: the system chooses.
    let port: Int?

    /// - Returns: nil for another transport.
    /// - Throws: `ZeroMQError`: malformed, or a port that is none.
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
        // libzmq would take it modulo 65,536.
        guard let number = Int(port), (1...65_535).contains(number) else {
            let detail = "port \(port) is not in 1...65535"
            throw ZeroMQError(operation, endpoint: text, code: .invalidArgument, detail: detail)
        }
        self.port = number
    }

    /// Whether an endpoint to listen at can be reached from this machine alone.
    ///
    /// - Throws: `ZeroMQError`: malformed, or no address of this machine.
    public static func isLoopback(_ endpoint: String) throws(ZeroMQError) -> Bool {
        guard let target = try TCPEndpoint(endpoint, .bind) else {
            if endpoint.hasPrefix("ipc://") { return true }
            let code = endpoint.contains("://") ? ZeroMQError.Code.protocolNotSupported : .invalidArgument
            throw ZeroMQError(.bind, endpoint: endpoint, code: code)
        }
        return try target.addressesToListen().allSatisfy(\.isLoopback)
    }

    /// - Throws: `ZeroMQError` when nothing here is called so.
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
        // What is printed as the endpoint is the first, and everybody can read an IPv4 address.
        return found.filter { $0.family == AF_INET } + found.filter { $0.family != AF_INET }
    }

    /// Where to connect: of several addresses the first at which somebody listens.
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
