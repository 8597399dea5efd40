import Coordination
import Glibc

/// A call of the system that failed: what was tried, and why.
struct SystemCallError: Error, CustomStringConvertible {
    /// Completes the words "cannot …".
    let operation: String
    /// `errno` of the call.
    let code: Int32

    init(_ operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    var description: String { "cannot \(operation): \(Self.text(of: code))" }

    /// What a command ends with.
    var exitStatus: Int32 { Self.meansShortage(code) ? ExitStatus.tryAgain : ExitStatus.failure }

    /// Whether the machine, or what this process may have of it, is used up.
    static func meansShortage(_ code: Int32) -> Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code) }

    static func text(of code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
