internal import Jobs

/// Errors that calls on input files are made to have, for tests of what becomes of them.
public struct InjectedFailure: Sendable {
    private let code: @Sendable (FileError.Operation, _ path: String) -> Int32?

    /// - Parameter code: the `errno` of a call that is to fail, asked before it is made; `nil` where it is made.
    public init(_ code: @escaping @Sendable (FileError.Operation, _ path: String) -> Int32?) {
        self.code = code
    }

    func check(_ operation: FileError.Operation, _ path: String) throws(FileError) {
        if let code = code(operation, path) { throw FileError(operation, path, .system(code: code)) }
    }
}
