import CZeroMQ
import Glibc
import Synchronization

/// What a gate's thread and the thread that receives the messages tell each other.
final class GateDesk: Sendable {
    struct News {
        /// Bytes of messages that arrived whole, by connection.
        var delivered: [Turnstile.ID: Int] = [:]
        /// Connections whose peers the application knows now.
        var admitted: [Turnstile.ID] = []
        var isClosed = false
    }

    private struct State {
        var news = News()
        /// Whether the gate's thread waits for messages to arrive.
        var isAwaited = false
        /// The peer whose key is looked at.
        var judged: String?
    }

    /// An eventfd(2).
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

    /// What has happened since the last time.
    /// - Parameters:
    ///   - isAwaited: whether further messages shall wake the gate's thread; else it hears of them when it wakes.
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
