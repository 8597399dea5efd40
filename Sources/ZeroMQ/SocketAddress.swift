import CZeroMQ
import Glibc

/// An IPv4 or IPv6 address with a port (ip(7), ipv6(7)).
struct SocketAddress: Equatable, Sendable {
    /// The bytes of a `sockaddr_in` or `sockaddr_in6`.
    let bytes: [UInt8]

    /// - Parameter bytes: a `sockaddr` of any family; nil for a family other than IPv4 and IPv6.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return nil }
        switch Self.family(of: bytes) {
        case AF_INET where bytes.count >= MemoryLayout<sockaddr_in>.size:
            self.bytes = Array(bytes.prefix(MemoryLayout<sockaddr_in>.size))
        case AF_INET6 where bytes.count >= MemoryLayout<sockaddr_in6>.size:
            self.bytes = Array(bytes.prefix(MemoryLayout<sockaddr_in6>.size))
        default: return nil
        }
    }

    /// The wildcard address of this machine: IPv6, which also accepts IPv4 peers, or IPv4 alone.
    static func wildcard(isIPv6: Bool) -> SocketAddress {
        let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
        var bytes = [UInt8](repeating: 0, count: size)
        bytes[0] = UInt8(isIPv6 ? AF_INET6 : AF_INET)
        return SocketAddress(bytes: bytes)
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var family: CInt { Self.family(of: bytes) }

    var isIPv6: Bool { family == AF_INET6 }

    var port: Int { Int(bytes[2]) << 8 | Int(bytes[3]) }

    func with(port: Int) -> SocketAddress {
        var bytes = bytes
        (bytes[2], bytes[3]) = (UInt8(truncatingIfNeeded: port >> 8), UInt8(truncatingIfNeeded: port))
        return SocketAddress(bytes: bytes)
    }

    /// Whether only this machine reaches the address: 127.0.0.0/8, ::1, and the former written as IPv6.
    var isLoopback: Bool {
        if let host4 { return host4.first == 127 }
        return host6 == [UInt8](repeating: 0, count: 15) + [1]
    }

    /// The four bytes of an IPv4 address, even if it is written as IPv6 (RFC 4291, 2.5.5.2).
    private var host4: ArraySlice<UInt8>? {
        if family == AF_INET { return bytes[4..<8] }
        let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return host6.starts(with: mapped) ? bytes[20..<24] : nil
    }

    private var host6: ArraySlice<UInt8> { bytes.count < 24 ? [] : bytes[8..<24] }

    /// The network of the address: an IPv4 address, or the 64 bits of an IPv6 network. A peer can choose freely among
    /// the addresses of one network.
    var network: [UInt8] { Array(host4 ?? host6.prefix(8)) }

    /// The address as text, such as `10.0.0.7` or `fe80::1%eth0`.
    var host: String {
        if let host4 { return host4.map(String.init).joined(separator: ".") }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let code = unsafe withPointer { address, length in
            unsafe getnameinfo(address, length, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
        }
        return code == 0 ? String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "?"
    }

    var endpoint: String { "tcp://" + (host.contains(":") ? "[\(host)]" : host) + ":\(port)" }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        unsafe bytes.withUnsafeBytes {
            unsafe body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    private static func family(of bytes: [UInt8]) -> CInt { CInt(bytes[0]) | CInt(bytes[1]) << 8 }
}

extension SocketAddress {
    /// The addresses of a host.
    /// - Parameter isNumeric: whether the host must be an address, so that no name is looked up.
    /// - Returns: the addresses; none, and getaddrinfo(3)'s reason, if there is no such host.
    static func addresses(of host: String, isNumeric: Bool) -> (addresses: [SocketAddress], reason: String) {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = isNumeric ? AI_NUMERICHOST : 0
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return ([], unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let pointer = unsafe entry.pointee.ai_addr {
                let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: pointer, count: Int(entry.pointee.ai_addrlen)))
                if let address = SocketAddress(bytes), !found.contains(address) { found.append(address) }
            }
            unsafe next = unsafe entry.pointee.ai_next
        }
        return (found, "no address of IPv4 or IPv6")
    }

    /// The address of a network interface: its first IPv4 address, or else its first IPv6 address.
    static func ofInterface(_ name: String) -> SocketAddress? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard unsafe getifaddrs(&list) == 0 else { return nil }
        defer { unsafe freeifaddrs(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let pointer = unsafe entry.pointee.ifa_addr, unsafe String(cString: entry.pointee.ifa_name) == name {
                let isIPv6 = unsafe CInt(pointer.pointee.sa_family) == AF_INET6
                let size = isIPv6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size
                if let address = SocketAddress(unsafe [UInt8](UnsafeRawBufferPointer(start: pointer, count: size))) {
                    found.append(address)
                }
            }
            unsafe next = unsafe entry.pointee.ifa_next
        }
        return found.first { $0.family == AF_INET } ?? found.first
    }
}
