import CZeroMQ
import Threads

/// The I/O threads of a group of sockets, and the namespace of their `inproc://` endpoints.
///
/// Sendable: a ZeroMQ context is thread-safe, its sockets are not. Every socket holds its context, so the context ends
/// after its last socket, on the thread that releases it last. The end waits until queued messages are sent, at most
/// for the longest `SocketOptions.linger` (zmq_ctx_term(3)).
@safe
public final class Context: @unchecked Sendable {  // the handle never changes; zmq_ctx_* may be called on any thread
    let handle: UnsafeMutableRawPointer

    /// - Parameter ioThreads: the number of I/O threads. One carries about a gigabyte a second.
    /// - Throws: `ThreadError` when the process has no file descriptors left, or no threads; ``ZeroMQError``.
    public init(ioThreads: Int = 1) throws {
        precondition(ioThreads > 0, "somebody has to carry the messages")
        guard let handle = unsafe zmq_ctx_new() else { throw ZeroMQError.last(.createContext) }
        unsafe zmq_ctx_set(handle, ZMQ_IO_THREADS, CInt(ioThreads))
        // The option is for libzmq's own sockets, such as those of monitors. All sockets of this module set their
        // linger.
        unsafe zmq_ctx_set(handle, ZMQ_BLOCKY, 0)
        do {
            try unsafe Self.startThreads(of: handle, ioThreads: ioThreads)
        } catch {
            unsafe zmq_ctx_term(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
    }

    /// Starts a context's threads, which libzmq does with its first socket. libzmq ends the process if it gets no
    /// thread or descriptor (`posix_assert` in src/thread.cpp, `errno_assert` in src/epoll.cpp), so both are checked
    /// first.
    private static func startThreads(of handle: UnsafeMutableRawPointer, ioThreads: Int) throws {
        // libzmq starts the I/O threads and one that closes sockets.
        let threads = ioThreads + 1
        try checkDescriptors(descriptorsPerThread * threads + descriptorsPerSocket)
        try OSThread.checkRoom(for: threads)
        guard let socket = unsafe zmq_socket(handle, ZMQ_PAIR) else { throw ZeroMQError.last(.createContext) }
        unsafe zmq_close(socket)
    }

    /// The descriptors of a thread: an epoll(7) instance, and an eventfd(2) for commands.
    private static let descriptorsPerThread = 2
    /// The descriptors of the first socket: an eventfd(2) of its own, and one for the context's end.
    private static let descriptorsPerSocket = 2

    private static func checkDescriptors(_ count: Int) throws(ThreadError) {
        var descriptors: [Mailbox<Never>] = []
        for _ in 0..<count { descriptors.append(try Mailbox()) }
        withExtendedLifetime(descriptors) {}
    }

    deinit {
        _ = retryingInterrupts { unsafe zmq_ctx_term(handle) }
    }

    /// Ends the context: every use of its sockets fails with `ZeroMQError.Code.terminated` from now on.
    public func shutDown() {
        unsafe zmq_ctx_shutdown(handle)
    }
}
