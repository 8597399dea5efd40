import CZeroMQ
import Threads

/// The I/O threads that carry the messages of a group of sockets, and the place where `inproc://` names live.
///
/// Sendable: a ZeroMQ context is thread-safe, its sockets are not. Every socket holds its context, so the context ends
/// after its last socket, on the thread that lets go last. Ending waits until messages still queued are sent, at most
/// for the longest `SocketOptions.linger` (zmq_ctx_term(3)).
@safe
public final class Context: @unchecked Sendable {  // the handle never changes; zmq_ctx_* may be called on any thread
    let handle: UnsafeMutableRawPointer

    /// - Parameter ioThreads: one carries about a gigabyte a second.
    /// - Throws: `ThreadError` when the process has no file descriptors left, or no threads; ``ZeroMQError``.
    public init(ioThreads: Int = 1) throws {
        precondition(ioThreads > 0, "somebody has to carry the messages")
        guard let handle = unsafe zmq_ctx_new() else { throw ZeroMQError.last(.createContext) }
        unsafe zmq_ctx_set(handle, ZMQ_IO_THREADS, CInt(ioThreads))
        // Every socket of this module sets its linger. This is for the sockets that libzmq makes itself, as for
        // monitors.
        unsafe zmq_ctx_set(handle, ZMQ_BLOCKY, 0)
        do {
            try unsafe Self.startThreads(of: handle, ioThreads: ioThreads)
        } catch {
            unsafe zmq_ctx_term(handle)
            throw error
        }
        unsafe self.handle = unsafe handle
    }

    /// Starts a context's threads, which libzmq does with its first socket. It ends the process where it gets no thread
    /// or no descriptor for one (`posix_assert` in src/thread.cpp, `errno_assert` in src/epoll.cpp), so both are looked
    /// for before.
    private static func startThreads(of handle: UnsafeMutableRawPointer, ioThreads: Int) throws {
        // The I/O threads and the one that closes sockets.
        let threads = ioThreads + 1
        try checkDescriptors(descriptorsPerThread * threads + descriptorsPerSocket)
        try OSThread.checkRoom(for: threads)
        guard let socket = unsafe zmq_socket(handle, ZMQ_PAIR) else { throw ZeroMQError.last(.createContext) }
        unsafe zmq_close(socket)
    }

    /// An epoll(7) instance, and an eventfd(2) by which the thread is told of commands.
    private static let descriptorsPerThread = 2
    /// The eventfd(2) of the socket, and the one of the context's end.
    private static let descriptorsPerSocket = 2

    private static func checkDescriptors(_ count: Int) throws(ThreadError) {
        var descriptors: [Mailbox<Never>] = []
        for _ in 0..<count { descriptors.append(try Mailbox()) }
        withExtendedLifetime(descriptors) {}
    }

    deinit {
        _ = retryingInterrupts { unsafe zmq_ctx_term(handle) }
    }

    /// Makes every use of this context's sockets, present and future, fail with `ZeroMQError.Code.terminated`.
    public func shutDown() {
        unsafe zmq_ctx_shutdown(handle)
    }
}
