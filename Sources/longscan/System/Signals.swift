import Glibc
import Synchronization
import Threads

/// The handling of SIGINT and SIGTERM: the first signal calls a function, the second ends the process at once.
final class Signals {
    /// - Parameter handler: a function that is called on a thread of its own, with the number of the first signal.
    /// - Throws: an error if the system has no resources for the thread.
    init(handler: @escaping @Sendable (Int32) -> Void) throws {
        let isTaken = FirstSignal()
        for number in [SIGINT, SIGTERM] {
            try SignalThread.on(number) {
                if isTaken.take() { handler(number) } else { _exit(128 + number) }
            }
        }
    }

    private final class FirstSignal: Sendable {
        private let isTaken = Atomic(false)

        func take() -> Bool {
            !isTaken.exchange(true, ordering: .relaxed)
        }
    }
}

/// The handling of SIGHUP: each signal calls a function.
final class HangupSignal {
    /// - Parameter handler: a function that is called on a thread of its own.
    /// - Throws: an error if the system has no resources for the thread.
    init(handler: @escaping @Sendable () -> Void) throws {
        try SignalThread.on(SIGHUP, handler)
    }
}

/// The thread that takes signals. The signal handler writes the number to a pipe, which this thread reads
/// (signal-safety(7)).
///
/// Dispatch has signal sources too, but they fail silently if the system has no thread for them.
private enum SignalThread {
    private static let writeEnd = Atomic<Int32>(-1)
    private static let lifetime = Mutex<OwnedPipe?>(nil)
    private static let handlers = Mutex<[UInt8: @Sendable () -> Void]>([:])

    /// - Throws: an error if the system has no resources for the thread.
    static func on(_ number: Int32, _ handler: @escaping @Sendable () -> Void) throws {
        handlers.withLock { $0[UInt8(number)] = handler }
        if writeEnd.load(ordering: .acquiring) < 0 { try start() }
        // The parent process may have blocked the signal, as Dispatch's threads do, and a child inherits that.
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, number)
        unsafe pthread_sigmask(SIG_UNBLOCK, &signals, nil)
        _ = signal(number) { number in
            let code = errno
            var byte = UInt8(truncatingIfNeeded: number)
            unsafe _ = write(SignalThread.writeEnd.load(ordering: .relaxed), &byte, 1)
            errno = code
        }
    }

    private static func start() throws {
        let pipe = try OwnedPipe()
        _ = try OSThread(name: "signals", stackSize: OSThread.smallStack) {
            var number: UInt8 = 0
            while true {
                let count = unsafe read(pipe.reading.number, &number, 1)
                if count == 1 { handlers.withLock { $0[number] }?() } else if count == 0 || errno != EINTR { return }
            }
        }
        lifetime.withLock { $0 = pipe }
        writeEnd.store(pipe.writing.number, ordering: .releasing)
    }
}

/// The signals that never end this program. A failed write is reported by the write itself.
enum IgnoredSignals {
    static func ignore() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }
}
