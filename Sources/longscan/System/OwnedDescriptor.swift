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
    /// - Returns: none at the end, or when they cannot be read.
    func bytes() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe read(number, &bytes, bytes.count)
            if count < 0, errno == EINTR { continue }
            return Array(bytes.prefix(max(0, count)))
        }
    }
}

/// Both ends of a pipe. No child inherits them but as its own streams.
struct OwnedPipe {
    let reading: OwnedDescriptor
    let writing: OwnedDescriptor

    /// - Throws: when the process has no file descriptors left.
    init() throws(SystemCallError) {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { throw SystemCallError("make a pipe", code: errno) }
        // One thread alone starts children, the one that makes these pipes: none can be started in between.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        reading = OwnedDescriptor(ends[0])
        writing = OwnedDescriptor(ends[1])
    }
}

/// The streams that a process is born with. A file that is opened while one of them is closed would take its place, and
/// what is meant for the stream would be written into the file.
enum StandardDescriptors {
    static func open() {
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // Reading alone: results that go nowhere are an error. Messages may go nowhere.
            unsafe _ = Glibc.open("/dev/null", number == STDERR_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
