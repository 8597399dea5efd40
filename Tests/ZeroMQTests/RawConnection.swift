import Glibc

/// A TCP connection to a socket under test that says exactly what a test wants, and answers nothing.
final class RawConnection {
    private let descriptor: CInt

    /// - Parameter endpoint: `tcp://127.0.0.1:PORT`.
    init?(to endpoint: String) {
        guard let port = UInt16(endpoint.split(separator: ":").last ?? "") else { return nil }
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: address) {
            unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        self.descriptor = descriptor
        guard result == 0 else { return nil }
    }

    deinit {
        close(descriptor)
    }

    func write(_ bytes: [UInt8]) -> Bool {
        unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    }

    /// Whether the other side ends the connection, waiting for that.
    func isEnded(within limit: Duration = patience) -> Bool {
        let deadline = ContinuousClock.now + limit
        var bytes = [UInt8](repeating: 0, count: 4096)
        while ContinuousClock.now < deadline {
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if unsafe poll(&event, 1, 100) > 0, unsafe recv(descriptor, &bytes, bytes.count, 0) <= 0 { return true }
        }
        return false
    }

    /// Writes the same again and again until nobody takes it any more.
    /// - Returns: how many bytes were taken.
    func writeWithoutEnd(_ bytes: [UInt8]) -> Int {
        var taken = 0
        while true {
            let count = unsafe send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL))
            if count <= 0 { return taken }
            taken += count
        }
    }

    /// A peer's part of the handshake without security: greeting and READY (ZeroMQ RFC 37).
    static let handshake: [UInt8] = {
        let signature = [0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0x7F] as [UInt8]
        let mechanism = Array("NULL".utf8) + [UInt8](repeating: 0, count: 16)
        let greeting = signature + [3, 1] + mechanism + [UInt8](repeating: 0, count: 32)
        let property = [11] + Array("Socket-Type".utf8) + [0, 0, 0, 6] + Array("DEALER".utf8)
        let ready = [5] + Array("READY".utf8) + property
        return greeting + [4, UInt8(ready.count)] + ready
    }()
}
