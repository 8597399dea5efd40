import CZeroMQ
import Glibc

/// The owner of one `void *` socket of libzmq, which it closes. A socket shares it with its pollers and monitors.
///
/// Not Sendable: see `Socket`.
@safe
final class SocketHandle {
    enum Kind {
        case router
        case dealer
        /// A socket for the events of a monitor.
        case pair
    }

    let pointer: UnsafeMutableRawPointer
    let kind: Kind
    /// The context, kept until the socket is closed: zmq_ctx_term(3) would wait for the socket.
    let context: Context
    var isMonitored = false
    /// The endpoints that libzmq connects to, by the endpoints that the caller wrote.
    var connected: [String: String] = [:]

    init(_ kind: Kind, in context: Context) throws(ZeroMQError) {
        let type =
            switch kind {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pair: ZMQ_PAIR
            }
        guard let pointer = unsafe zmq_socket(context.handle, type) else { throw .last(.createSocket) }
        unsafe self.pointer = unsafe pointer
        self.kind = kind
        self.context = context
    }

    deinit {
        unsafe zmq_close(pointer)
    }

    func set<Value: BitwiseCopyable>(_ option: CInt, _ name: String, to value: Value) throws(ZeroMQError) {
        let result = unsafe withUnsafeBytes(of: value) {
            unsafe zmq_setsockopt(pointer, option, $0.baseAddress, $0.count)
        }
        guard result == 0 else { throw .last(.setOption, detail: "\(name) to \(value)") }
    }

    func set(_ option: CInt, _ name: String, to bytes: [UInt8]) throws(ZeroMQError) {
        let result = unsafe bytes.withUnsafeBytes { unsafe zmq_setsockopt(pointer, option, $0.baseAddress, $0.count) }
        guard result == 0 else { throw .last(.setOption, detail: name) }
    }

    /// Sets whether the next endpoint is one of IPv6 (ZMQ_IPV6).
    func useIPv6(_ isIPv6: Bool) throws(ZeroMQError) {
        try set(ZMQ_IPV6, "ZMQ_IPV6", to: CInt(isIPv6 ? 1 : 0))
    }

    /// The endpoint of the last bind or connect, with wildcards resolved.
    func lastEndpoint() throws(ZeroMQError) -> String {
        var text = [CChar](repeating: 0, count: 1024)
        var size = text.count
        let result = unsafe zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &size)
        guard result == 0 else { throw .last(.bind) }
        return String(decoding: text[..<max(0, size - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Sends a frame and returns whether ZeroMQ took it. The reason of a failure is the thread's last error.
    func send(_ frame: Frame, more: Bool) -> Bool {
        var message = zmq_msg_t()
        unsafe zmq_msg_init(&message)
        unsafe frame.storage.copy(into: &message)
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        if retryingInterrupts({ unsafe zmq_msg_send(&message, pointer, flags) }) != -1 { return true }
        let reason = zmq_errno()
        unsafe zmq_msg_close(&message)
        errno = reason
        return false
    }
}
