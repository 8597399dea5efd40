import Glibc

/// A file descriptor that closes with its owner.
final class OwnedDescriptor: Sendable {
    let number: Int32

    init(_ number: Int32) {
        self.number = number
    }

    deinit {
        close(number)
    }

    /// Waits for bytes.
    /// - Returns: the bytes; none at the end, or if they cannot be read.
    func bytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(number, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            return Array(bytes.prefix(max(0, count)))
        }
    }
}

/// The two ends of a pipe. Children inherit them only as their own streams.
struct OwnedPipe {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    /// - Throws: an error if the process has no file descriptors left.
    init() throws(SystemCallError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemCallError("make a pipe", code: errno) }
        // The thread that makes these pipes is the only one that starts children, so no child starts in between.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = OwnedDescriptor(ends[0])
        writing = OwnedDescriptor(ends[1])
    }
}

/// The standard streams of a process. If one were closed, the next opened file would get its number, and text for the
/// stream would go into the file.
enum StandardDescriptors {
    static func open() {
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // Standard output is opened for reading only, so that lost results are an error. Messages may be lost.
            unsafe _ = Glibc.open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
