internal import Glibc

/// A failed file operation: the operation, the path and the reason.
///
/// Unreadable inputs become error rows (`InputProblem`) or `InputError`. This error concerns outputs, snapshots and
/// manifests.
public struct FileError: Error, Sendable, Equatable {
    public enum Operation: String, Sendable {
        case create, open, examine, list, seek, read, write, truncate, synchronize, rename, remove
    }

    public enum Reason: Sendable, Equatable {
        /// The `errno` of the system call.
        case system(code: Int32)
        /// The file has fewer bytes than were recorded as durable.
        case shorter(found: Int, recorded: Int)
        /// Another program has truncated or extended the file.
        case resized(found: Int, written: Int)
        /// The file's bytes are not those that were written.
        case altered
        /// The path leads to another file or to none.
        case replaced
    }

    public let operation: Operation
    public let path: String
    public let reason: Reason

    public init(_ operation: Operation, _ path: String, _ reason: Reason) {
        self.operation = operation
        self.path = path
        self.reason = reason
    }

    /// Whether an output could not be created (exit status 73, `EX_CANTCREAT` of sysexits(3)). Errors on existing files
    /// have exit status 74 (`EX_IOERR`).
    public var meansCannotCreate: Bool { operation == .create }

    /// Whether nothing exists at the path.
    public var meansMissing: Bool { reason == .system(code: ENOENT) || reason == .system(code: ENOTDIR) }

    /// Whether the error is transient: the machine lacks a resource, or its disk or network does not answer. Other
    /// errors concern the file itself, such as a missing file or permission (errno(3)).
    public var isOfEnvironment: Bool {
        guard case .system(let code) = reason else { return false }
        return Self.codesOfEnvironment.contains(code)
    }

    static func withoutMemory(_ operation: Operation, _ path: String) -> FileError {
        FileError(operation, path, .system(code: ENOMEM))
    }

    private static let codesOfEnvironment: Set<Int32> = [
        // Descriptors, memory and locks.
        EMFILE, ENFILE, ENOMEM, ENOBUFS, ENOLCK, EAGAIN, EINTR,
        // Disks and network file systems.
        EIO, ESTALE, ENOTCONN, ETIMEDOUT, EREMOTEIO, ECONNRESET, ECONNABORTED, ECONNREFUSED, EHOSTDOWN,
        EHOSTUNREACH, ENETDOWN, ENETUNREACH,
    ]
}

extension FileError: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .system(let code):
            "cannot \(operation.rawValue) \(path): \(systemMessage(for: code))"
        case .shorter(let found, let recorded):
            "cannot \(operation.rawValue) \(path): it has \(found) bytes, fewer than the \(recorded) recorded as written"
        case .resized(let found, let written):
            "cannot \(operation.rawValue) \(path): it has \(found) bytes instead of the \(written) that were written: "
                + "another program has changed it"
        case .altered:
            "cannot \(operation.rawValue) \(path): its bytes are not those that were written: "
                + "another program has changed it"
        case .replaced:
            "cannot \(operation.rawValue) \(path): another program has removed it or put another file in its place"
        }
    }
}
