import Coordination
import Glibc

/// An error of a system call: the operation and the reason.
struct SystemCallError: Error, CustomStringConvertible {
    /// The operation, which completes the words "cannot …".
    let operation: String
    /// The call's `errno`.
    let code: Int32

    init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    var description: String { "cannot \(operation): \(Self.text(of: code))" }

    /// The exit status of a command with this error.
    var exitStatus: Int32 { Self.meansShortage(code) ? ExitStatus.tryAgain : ExitStatus.failure }

    /// Whether a resource of the machine, or of this process, is used up.
    static func meansShortage(_ code: Int32) -> Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code) }

    static func text(of code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
