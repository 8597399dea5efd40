import CZeroMQ
import Glibc
import Threads

/// Waits for any of many descriptors at a cost that does not grow with their number (epoll(7), level-triggered).
@safe
final class Epoll {
    /// What a descriptor is ready for, or is watched for.
    struct Readiness: OptionSet {
        let rawValue: UInt32

        static let readable = Readiness(rawValue: EPOLLIN.rawValue)
        static let writable = Readiness(rawValue: EPOLLOUT.rawValue)
        /// Both directions are over. Told also of a descriptor that is watched for nothing.
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

    /// - Parameter token: given back with its events.
    func add(_ other: CInt, token: UInt64, for readiness: Readiness) {
        control(EPOLL_CTL_ADD, other, token, readiness)
    }

    func change(_ other: CInt, token: UInt64, for readiness: Readiness) {
        control(EPOLL_CTL_MOD, other, token, readiness)
    }

    private func control(_ operation: CInt, _ other: CInt, _ token: UInt64, _ readiness: Readiness) {
        var event = unsafe epoll_event(events: readiness.rawValue, data: epoll_data_t(u64: token))
        // It fails for want of memory alone; then the connection stands still until it is ended for that.
        unsafe epoll_ctl(descriptor, operation, other, &event)
    }

    /// - Parameter timeout: nil waits for as long as it takes.
    func wait(timeout: Duration?) -> [(token: UInt64, readiness: Readiness)] {
        let count = unsafe epoll_wait(
            descriptor, &events, CInt(Self.eventsPerRound), timeout.map(\.milliseconds) ?? -1)
        // An interruption ends the wait like the end of the time.
        return (0..<max(0, Int(count))).map { index in
            let event = unsafe events[index]
            return unsafe (event.data.u64, Readiness(rawValue: event.events))
        }
    }
}
