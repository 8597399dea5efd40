import Glibc
import Synchronization
import Threads

/// Turns SIGINT and SIGTERM into a call, and a second one into an end at once.
final class Signals {
    /// - Parameter handler: called on a thread of its own with the number of the first signal.
    /// - Throws: when the system has no resources for the thread.
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

/// Turns each SIGHUP into a call.
final class HangupSignal {
    /// - Parameter handler: called on a thread of its own.
    /// - Throws: when the system has no resources for the thread.
    init(handler: @escaping @Sendable () -> Void) throws {
        try SignalThread.on(SIGHUP, handler)
    }
}

/// The thread that hears of signals: their handler writes the number to a pipe, which this thread reads
/// (signal-safety(7)).
///
/// Dispatch has sources of signals too, but nobody is told when the system has no thread for them.
private enum SignalThread {
    private static let writeEnd = Atomic<Int32>(-1)
    private static let lifetime = Mutex<OwnedPipe?>(nil)
    private static let handlers = Mutex<[UInt8: @Sendable () -> Void]>([:])

    /// - Throws: when the system has no resources for the thread.
    static func on(_ number: Int32, _ handler: @escaping @Sendable () -> Void) throws {
        handlers.withLock { $0[UInt8(number)] = handler }
        if writeEnd.load(ordering: .acquiring) < 0 { try start() }
        // Whoever started this process may have had the signal blocked, as Dispatch's threads do, and that is
        // inherited.
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

/// The signals that this program never ends by. What cannot be written is reported by the write.
enum IgnoredSignals {
    static func ignore() {
        for number in [SIGPIPE, SIGXFSZ] { _ = signal(number, SIG_IGN) }
    }
}
