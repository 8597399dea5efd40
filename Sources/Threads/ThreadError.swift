import Glibc

/// An error of a thread or mailbox that cannot be made: the operation and the reason.
///
/// It prints as one sentence for the user, such as `cannot start a thread: Resource temporarily unavailable`.
public struct ThreadError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The failed operation. The raw value completes the words "cannot …".
    public enum Operation: String, Sendable {
        case createMailbox = "create a mailbox"
        case startThread = "start a thread"
    }

    public let operation: Operation
    /// An `errno` value (errno(3)).
    public let code: CInt

    init(_ operation: Operation, code: CInt) {
        self.operation = operation
        self.code = code
    }

    public var description: String {
        unsafe "cannot \(operation.rawValue): \(String(cString: strerror(code)))"
    }
}
