import Dispatch
import Foundation
import Synchronization

/// Turns SIGINT and SIGTERM into a call, and a second one into an end at once.
final class Signals {
    private var sources: [any DispatchSourceSignal] = []

    /// - Parameter handler: called on a thread of the system's with the number of the first signal.
    init(handler: @escaping @Sendable (Int32) -> Void) {
        let first = FirstSignal()
        for number in [SIGINT, SIGTERM] {
            // The source hears of the signal only if it does not end the process.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler {
                if first.take() { handler(number) } else { _exit(128 + number) }
            }
            source.resume()
            sources.append(source)
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
    private let source: any DispatchSourceSignal

    /// - Parameter handler: called on a thread of the system's.
    init(handler: @escaping @Sendable () -> Void) {
        // The source hears of the signal only if it does not end the process.
        signal(SIGHUP, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGHUP)
        source.setEventHandler(handler: handler)
        source.resume()
    }
}

/// Calls a closure when the process that started this one is gone: its end of our standard input closes.
enum ParentWatch {
    static func onParentExit(_ handler: @escaping @Sendable () -> Void) {
        Thread.detachNewThread {
            while !FileHandle.standardInput.availableData.isEmpty {}
            handler()
        }
    }
}
