import CZeroMQ
import Glibc
import Threads

/// Waits for many descriptors at a cost that does not grow with their number (epoll(7), level-triggered).
@safe
final class Epoll {
    /// The readiness of a descriptor, reported or awaited.
    struct Readiness: OptionSet {
        let rawValue: UInt32

        static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// The end of both directions. It is reported even if nothing is awaited.
        static let broken = Readiness(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    private static let eventsPerRound = 256

    private let descriptor: CInt
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: eventsPerRound)

    /// - Throws: `ZeroMQError` when the process has no descriptors left.
    init() throws(ZeroMQError) {
        descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard descriptor != -1 else { throw .last(.watch) }
    }

    deinit {
        close(descriptor)
    }

    /// - Parameter token: the number that marks the descriptor's events.
    func add(_ other: CInt, token: UInt64, for readiness: Readiness) {
        control(EPOLL_CTL_ADD, other, token, readiness)
    }

    func change(_ other: CInt, token: UInt64, for readiness: Readiness) {
        control(EPOLL_CTL_MOD, other, token, readiness)
    }

    private func control(_ operation: CInt, _ other: CInt, _ token: UInt64, _ readiness: Readiness) {
        var event = unsafe epoll_event(events: readiness.rawValue, data: epoll_data_t(u64: token))
        // The call fails only without memory. Then the connection stalls until the gate ends it.
        unsafe epoll_ctl(descriptor, operation, other, &event)
    }

    /// - Parameter timeout: the longest wait; nil for no limit.
    func wait(timeout: Duration?) -> [(token: UInt64, readiness: Readiness)] {
        let count = unsafe epoll_wait(
            descriptor, &events, CInt(Self.eventsPerRound), timeout.map(\.milliseconds) ?? -1)
        // An interruption by a signal ends the wait like the timeout.
        return (0..<max(0, Int(count))).map { index in
            let event = unsafe events[index]
            return unsafe (event.data.u64, Readiness(rawValue: event.events))
        }
    }
}
