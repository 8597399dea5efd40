import CZeroMQ

/// The I/O threads that carry the messages of a group of sockets, and the place where `inproc://` names live.
///
/// Sendable: a ZeroMQ context is thread-safe, its sockets are not. Every socket holds its context, so the context ends
/// after its last socket, on the thread that lets go last. Ending waits until messages still queued are sent, at most for
/// the longest `SocketOptions.linger` (zmq_ctx_term(3)).
@safe
public final class Context: @unchecked Sendable {  // the handle never changes; zmq_ctx_* may be called on any thread
    let handle: UnsafeMutableRawPointer

    /// - Parameter ioThreads: one carries about a gigabyte a second.
    /// - Throws: when the process has no file descriptors left.
    public init(ioThreads: Int = 1) throws(ZeroMQError) {
        precondition(ioThreads > 0, "somebody has to carry the messages")
        guard let handle = unsafe zmq_ctx_new() else { throw .last(.createContext) }
        unsafe self.handle = unsafe handle
        unsafe zmq_ctx_set(handle, ZMQ_IO_THREADS, CInt(ioThreads))
        // Every socket of this module sets its linger. This is for the sockets that libzmq makes itself, as for monitors.
        unsafe zmq_ctx_set(handle, ZMQ_BLOCKY, 0)
    }

    deinit {
        _ = retryingInterrupts { unsafe zmq_ctx_term(handle) }
    }

    /// Makes every use of this context's sockets, present and future, fail with `ZeroMQError.Code.terminated`.
    public func shutDown() {
        unsafe zmq_ctx_shutdown(handle)
    }
}
