import CZeroMQ
import Synchronization

/// The `zmq_msg_t` of a frame, made from an array or received.
@safe
final class FrameStorage: @unchecked Sendable {  // the bytes never change; `copying` guards what zmq_msg_copy writes
    /// The size below which a copy is cheaper than keeping the array until an I/O thread has sent it.
    private static let copiedBytes = 4096

    private let message: UnsafeMutablePointer<zmq_msg_t>
    /// The lock of copies. zmq_msg_copy(3) changes its source, so two threads must not copy one message at the same
    /// time.
    private let copying = Mutex(())

    init() {
        unsafe message = .allocate(capacity: 1)
        unsafe zmq_msg_init(message)
    }

    convenience init<Element: FrameElement>(_ elements: [Element]) {
        self.init()
        let size = elements.count * MemoryLayout<Element>.stride
        if size == 0 { return }
        if size < Self.copiedBytes {
            let result = unsafe zmq_msg_init_size(message, size)
            precondition(result == 0, "out of memory for a frame of \(size) bytes")
            unsafe elements.withUnsafeBytes {
                unsafe zmq_msg_data(message).copyMemory(from: $0.baseAddress!, byteCount: size)
            }
        } else {
            share(elements, size: size)
        }
    }

    deinit {
        unsafe zmq_msg_close(message)
        unsafe message.deallocate()
    }

    var count: Int { unsafe zmq_msg_size(message) }

    func withUnsafeBytes<Result: ~Copyable, Failure>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: zmq_msg_data(message), count: count))
    }

    /// Makes `other` a second reference to the same bytes. Only the shortest messages (33 bytes) are copied.
    func copy(into other: UnsafeMutablePointer<zmq_msg_t>) {
        copying.withLock { _ in
            let result = unsafe zmq_msg_copy(other, message)
            precondition(result == 0, "a frame's message was closed")
        }
    }

    /// Receives a message into this storage, which must be new.
    ///
    /// - Returns: the result of zmq_msg_recv(3).
    func receive(from socket: UnsafeMutableRawPointer) -> CInt {
        retryingInterrupts { unsafe zmq_msg_recv(message, socket, ZMQ_DONTWAIT) }
    }

    var hasMore: Bool { unsafe zmq_msg_more(message) != 0 }

    /// A property of the peer from the connection's handshake, by its name in zmq_msg_gets(3).
    func property(_ name: String) -> String? {
        unsafe zmq_msg_gets(message, name).map { unsafe String(cString: $0) }
    }

    /// The descriptor of the connection that the message came on (ZMQ_SRCFD).
    var descriptor: CInt? {
        let number = unsafe zmq_msg_get(message, ZMQ_SRCFD)
        return number == -1 ? nil : number
    }

    /// Lends the array's own memory to the message.
    ///
    /// The message's owner keeps a reference to the array. So the elements stay in place, and a change through another
    /// reference copies them first.
    private func share<Element: FrameElement>(_ elements: [Element], size: Int) {
        let owner = ArrayOwner(elements)
        let address = unsafe owner.elements.withUnsafeBytes { $0.baseAddress! }
        let result = unsafe zmq_msg_init_data(
            message,
            UnsafeMutableRawPointer(mutating: address),
            size,
            { _, owner in unsafe Unmanaged<AnyObject>.fromOpaque(owner!).release() },
            Unmanaged<AnyObject>.passRetained(owner).toOpaque()
        )
        precondition(result == 0, "out of memory for a frame of \(size) bytes")
    }
}

/// The owner of an array while a message uses its memory.
private final class ArrayOwner<Element: FrameElement>: Sendable {
    let elements: [Element]

    init(_ elements: [Element]) {
        self.elements = elements
    }
}
