import Coordination
import Glibc
import Synchronization
import Threads

/// A watch that ends this process when its parent ends: the parent's end of our standard input closes.
final class ParentWatch: Sendable {
    /// The time that this process then has to end. A library may wait for a thread without limit.
    private static let patience = Duration.seconds(10)

    private let farewell = Mutex<(@Sendable () -> Void)?>(nil)

    /// - Throws: an error if the system has no resources for the thread. The process must end then, because nobody else
    ///   would end it.
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

    /// Sets a farewell, for which the process has some seconds. Without one it ends at once.
    /// - Parameter farewell: a function that is called on a thread of its own.
    func onParentExit(_ farewell: @escaping @Sendable () -> Void) {
        self.farewell.withLock { $0 = farewell }
    }
}
