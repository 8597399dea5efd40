import Foundation
import Glibc

/// A pipe that no other process inherits: only whoever is given an end has it.
struct ClosedPipe {
    let reading: FileHandle
    let writing: FileHandle

    /// Held while a pipe has ends that a process would inherit, and while one is started.
    static let starting = NSLock()

    init() throws {
        var ends: [Int32] = [0, 0]
        try Self.starting.withLock {
            guard unsafe pipe(&ends) == 0 else { throw Failure("no pipe: \(errno)") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
        reading = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        writing = FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
    }
}
