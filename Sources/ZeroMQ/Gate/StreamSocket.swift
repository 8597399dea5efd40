import CZeroMQ
import Glibc
import Threads

/// One end of a stream connection, or a listening socket. It never blocks, and it closes when it is freed.
final class StreamSocket {
    enum Transfer: Equatable {
        /// The number of bytes moved; a write may move only a part.
        case moved(Int)
        case wouldBlock
        /// The other end has closed, or the connection is broken.
        case ended
    }

    private static let flags = CInt(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
    /// The limit of connections that wait to be accepted. The system's limit may be lower (listen(2)).
    private static let backlog: CInt = 1024

    let descriptor: CInt

    private init(_ descriptor: CInt) {
        self.descriptor = descriptor
    }

    /// - Returns: nil if the system has no sockets of this family, or no descriptors.
    init?(family: CInt) {
        descriptor = socket(family, Self.flags, 0)
        if descriptor == -1 { return nil }
    }

    deinit {
        close(descriptor)
    }

    // MARK: - TCP

    /// - Throws: the system's error (errno).
    static func listening(at address: SocketAddress) throws(SystemError) -> StreamSocket {
        guard let socket = StreamSocket(family: address.family) else { throw SystemError() }
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        // The IPv6 wildcard also accepts IPv4 peers.
        if address.family == AF_INET6 { socket.set(CInt(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
        guard unsafe address.withPointer({ unsafe bind(socket.descriptor, $0, $1) }) == 0 else { throw SystemError() }
        guard listen(socket.descriptor, backlog) == 0 else { throw SystemError() }
        return socket
    }

    /// The address of this end.
    var localAddress: SocketAddress? {
        SocketAddress(unsafe name { unsafe getsockname(descriptor, $0, $1) })
    }

    /// The next waiting connection.
    /// - Returns: nil if none is waiting.
    /// - Throws: the system's error when the connection has ended or there are no descriptors.
    func accepted() throws(SystemError) -> (StreamSocket, SocketAddress)? {
        var address = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(address.count)
        let number = unsafe address.withUnsafeMutableBytes {
            unsafe accept4(
                descriptor, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length,
                CInt(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue))
        }
        guard number != -1 else {
            if errno == EAGAIN { return nil }
            throw SystemError()
        }
        let socket = StreamSocket(number)
        guard let peer = SocketAddress(Array(address.prefix(Int(length)))) else { return nil }
        socket.set(CInt(IPPROTO_TCP), TCP_NODELAY, 1)
        // Keep-alive finds peers whose machine has gone without closing the connection.
        socket.set(SOL_SOCKET, SO_KEEPALIVE, 1)
        socket.set(CInt(IPPROTO_TCP), TCP_KEEPIDLE, 60)
        return (socket, peer)
    }

    /// Whether an address accepts a connection.
    static func isListening(at address: SocketAddress, within limit: Duration) -> Bool {
        guard let socket = StreamSocket(family: address.family) else { return false }
        if unsafe address.withPointer({ unsafe connect(socket.descriptor, $0, $1) }) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var wait = pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&wait, 1, limit.milliseconds) == 1 else { return false }
        return wait.revents & Int16(POLLERR | POLLHUP) == 0
    }

    // MARK: - Connections within this machine

    /// Connects to a listener with a name in the abstract namespace (unix(7)).
    /// - Parameter ownName: the name of this end, which the other end sees.
    static func connected(to name: String, as ownName: String) -> StreamSocket? {
        guard let socket = StreamSocket(family: AF_UNIX) else { return nil }
        let isBound = unsafe withAbstractAddress(ownName) { unsafe bind(socket.descriptor, $0, $1) } == 0
        let isConnected = unsafe withAbstractAddress(name) { unsafe connect(socket.descriptor, $0, $1) } == 0
        return isBound && isConnected ? socket : nil
    }

    /// The abstract name of the other end of a connection within this machine.
    static func peerName(of descriptor: CInt) -> String? {
        let bytes = unsafe name { unsafe getpeername(descriptor, $0, $1) }
        guard bytes.count > 3, CInt(bytes[0]) | CInt(bytes[1]) << 8 == AF_UNIX, bytes[2] == 0 else { return nil }
        return String(decoding: bytes[3...], as: UTF8.self)
    }

    private static func withAbstractAddress(
        _ name: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        let bytes = [UInt8(AF_UNIX), 0, 0] + name.utf8
        precondition(bytes.count <= MemoryLayout<sockaddr_un>.size, "a socket's name is too long: \(name)")
        return unsafe bytes.withUnsafeBytes {
            unsafe body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
    }

    // MARK: - Bytes

    /// Reads at most `count` bytes to the start of a buffer of at least this size.
    func read(_ count: Int, into buffer: inout [UInt8]) -> Transfer {
        let number = unsafe buffer.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, min(count, $0.count), 0)
        }
        return number == 0 ? .ended : Self.transfer(number)
    }

    func write(_ bytes: ArraySlice<UInt8>) -> Transfer {
        let number = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
        }
        return Self.transfer(number)
    }

    private static func transfer(_ number: Int) -> Transfer {
        if number >= 0 { return .moved(number) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .ended
    }

    private func set(_ level: CInt, _ option: CInt, _ value: CInt) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<CInt>.size))
    }

    private func name(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt) -> [UInt8] {
        unsafe Self.name(call)
    }

    private static func name(
        _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var length = socklen_t(bytes.count)
        let result = unsafe bytes.withUnsafeMutableBytes {
            unsafe call($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return result == 0 ? Array(bytes.prefix(Int(length))) : []
    }
}

/// The error of the last system call on this thread.
struct SystemError: Error, Equatable {
    let code: Int32

    init() {
        code = errno
    }

    /// Whether the system lacks descriptors or memory. The call may succeed later, when others have freed some.
    var isShortage: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) }
}
