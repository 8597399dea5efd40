import CZeroMQ
import Glibc
import Synchronization

/// The messages between a gate's thread and the thread that receives from the server's socket.
final class GateDesk: Sendable {
    struct News {
        /// The bytes of messages that arrived whole, by connection.
        var delivered: [Turnstile.ID: Int] = [:]
        /// The connections whose peers have become members.
        var admitted: [Turnstile.ID] = []
        var isClosed = false
    }

    private struct State {
        var news = News()
        /// Whether the gate's thread waits for messages to arrive.
        var isAwaited = false
        /// The network address of the peer whose key is being checked.
        var judged: String?
    }

    /// The eventfd(2) that wakes the gate's thread.
    let descriptor: CInt
    private let state = Mutex(State())

    /// - Throws: `ZeroMQError` when the process has no descriptors left.
    init() throws(ZeroMQError) {
        descriptor = eventfd(0, CInt(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor != -1 else { throw .last(.watch) }
    }

    deinit {
        Glibc.close(descriptor)
    }

    var judged: String? { state.withLock { $0.judged } }

    func setJudged(_ address: String?) {
        state.withLock { $0.judged = address }
    }

    func deliver(_ bytes: Int, of id: Turnstile.ID) {
        let isAwaited = state.withLock { state in
            state.news.delivered[id, default: 0] += bytes
            return state.isAwaited
        }
        if isAwaited { wake() }
    }

    func admit(_ id: Turnstile.ID) {
        state.withLock { $0.news.admitted.append(id) }
        wake()
    }

    func close() {
        state.withLock { $0.news.isClosed = true }
        wake()
    }

    /// The news since the last call.
    /// - Parameters:
    ///   - isAwaited: whether further messages wake the gate's thread; else it reads of them at its next wakeup.
    ///   - isWoken: whether the descriptor is readable.
    func take(isAwaited: Bool, isWoken: Bool) -> News {
        state.withLock { state in
            var number: eventfd_t = 0
            if isWoken { unsafe eventfd_read(descriptor, &number) }
            state.isAwaited = isAwaited
            let news = state.news
            state.news.delivered = [:]
            state.news.admitted = []
            return news
        }
    }

    private func wake() {
        eventfd_write(descriptor, 1)
    }
}
