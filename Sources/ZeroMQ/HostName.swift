import Glibc

/// The host that an endpoint names.
public enum HostName {
    /// Why a host has no address, which a socket does not tell: it goes on trying.
    ///
    /// Asks the system's resolver, which may take seconds.
    /// - Parameter endpoint: `tcp://HOST:PORT`.
    /// - Returns: `nil` if the host has an address.
    public static func problem(in endpoint: String) -> String? {
        let prefix = "tcp://"
        guard endpoint.hasPrefix(prefix), let colon = endpoint.lastIndex(of: ":") else { return nil }
        let host = endpoint[..<colon].dropFirst(prefix.count).filter { $0 != "[" && $0 != "]" }
        var addresses: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, nil, &addresses)
        guard code != 0 else {
            unsafe freeaddrinfo(addresses)
            return nil
        }
        return "the host name '\(host)' is not known here (\(unsafe String(cString: gai_strerror(code))))"
    }
}
