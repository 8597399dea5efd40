import Glibc
import ZeroMQ

/// Calls a closure when the process that started this one is gone: its end of our standard input closes.
enum ParentWatch {
    /// - Parameter handler: called on a thread of its own.
    /// - Throws: when the system has no resources for the thread. The process must end then, or nobody would end it.
    static func onParentExit(_ handler: @escaping @Sendable () -> Void) throws(ZeroMQError) {
        _ = try OSThread(name: "parent", stackSize: OSThread.smallStack) {
            var byte: UInt8 = 0
            while true {
                let count = unsafe read(STDIN_FILENO, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            handler()
        }
    }
}
