import Coordination
import Glibc
import Synchronization
import Threads

/// Ends this process when the one that started it is gone: its end of our standard input closes.
final class ParentWatch: Sendable {
    /// Time that this process has for what it still wants to do then. A library may wait for a thread without end.
    private static let patience = Duration.seconds(10)

    private let farewell = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Throws: when the system has no resources for the thread. The process must end then, or nobody would end it.
    init() throws(ThreadError) {
        _ = try OSThread(name: "parent", stackSize: OSThread.smallStack) { [self] in
            var byte: UInt8 = 0
            while true {
                let count = unsafe read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            if let farewell = farewell.withLock({ $0 }) {
                farewell()
                poll(nil, 0, Int32(Self.patience / .milliseconds(1)))
            }
            _exit(ExitStatus.success)
        }
    }

    /// Says how the process begins to end, which it then has some seconds for. Without that it ends at once.
    /// - Parameter farewell: called on a thread of its own.
    func onParentExit(_ farewell: @escaping @Sendable () -> Void) {
        self.farewell.withLock { $0 = farewell }
    }
}
