internal import Jobs

/// Injected errors of system calls on input files, for tests of error handling.
public struct InjectedFailure: Sendable {
    private let code: @Sendable (FileError.Operation, _ path: String) -> Int32?

    /// - Parameter code: the `errno` that replaces a call; `nil` if the call is made.
    public init(_ code: @escaping @Sendable (FileError.Operation, _ path: String) -> Int32?) {
        self.code = code
    }

    func check(_ operation: FileError.Operation, _ path: String) throws(FileError) {
        if let code = code(operation, path) { throw FileError(operation, path, .system(code: code)) }
    }
}
