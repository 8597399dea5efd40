import CZeroMQ
import Glibc

/// Owns one `void *` socket of libzmq and closes it; shared by a socket with the pollers and monitors that watch it.
///
/// Not Sendable: see `Socket`.
@safe
final class SocketHandle {
    enum Kind {
        case router
        case dealer
        /// What a monitor's events arrive on.
        case pair
    }

    let pointer: UnsafeMutableRawPointer
    let kind: Kind
    /// Kept until the socket is closed: zmq_ctx_term(3) would wait for it.
    let context: Context
    var isMonitored = false
    /// What libzmq was told to connect to, by the endpoint that it was asked for.
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

    /// Whether the next endpoint is one of IPv6 (ZMQ_IPV6).
    func useIPv6(_ isIPv6: Bool) throws(ZeroMQError) {
        try set(ZMQ_IPV6, "ZMQ_IPV6", to: CInt(isIPv6 ? 1 : 0))
    }

    /// The endpoint that the last bind or connect came to, wildcards resolved.
    func lastEndpoint() throws(ZeroMQError) -> String {
        var text = [CChar](repeating: 0, count: 1024)
        var size = text.count
        let result = unsafe zmq_getsockopt(pointer, ZMQ_LAST_ENDPOINT, &text, &size)
        guard result == 0 else { throw .last(.bind) }
        return String(decoding: text[..<max(0, size - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Whether ZeroMQ took the frame; if not, it says why on this thread.
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
