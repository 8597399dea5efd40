public import Kernels

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A file mapped into memory, read only (mmap(2)). Its pages are shared by all lanes and processes of the machine.
///
/// The file must not be cut short while it is mapped: reading past its new end is a bus error.
@safe public final class MappedFile: Sendable {
    public let path: String
    /// The file and its state when it was mapped; `nil` for a file in memory only.
    public let identity: Identity?
    /// The length in bytes.
    public let count: Int
    /// The first byte; `nil` for an empty file, which cannot be mapped.
    ///
    /// `nonisolated(unsafe)`: the memory is never written. It is unmapped when this object is freed.
    private nonisolated(unsafe) let start: UnsafeRawPointer?
    private let isMapped: Bool

    /// The identity of a file, from stat(2). A change of the contents changes the time of change, which no call can
    /// set.
    public struct Identity: Sendable, Hashable {
        public var device: UInt64
        public var inode: UInt64
        public var size: Int
        /// The times of the last change: of the contents, and of contents or attributes. In nanoseconds since 1970.
        public var modified: Int
        public var changed: Int
    }

    /// - Throws: `ModelError.unreadable`, `ModelError.shortage`.
    public init(path: String) throws(ModelError) {
        self.path = path
        isMapped = true
        // O_NONBLOCK: opening a named pipe must not wait. The check of the file type refuses the pipe.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Self.failure(of: path) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Self.failure(of: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ModelError.unreadable(file: path, reason: "not a regular file")
        }
        count = Int(status.st_size)
        identity = Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: count,
            modified: Self.nanoseconds(status.st_mtim), changed: Self.nanoseconds(status.st_ctim))
        guard count > 0 else {
            unsafe start = nil
            return
        }
        let memory = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard unsafe memory != MAP_FAILED, let memory = unsafe memory else {
            throw Self.failure(of: path)
        }
        unsafe start = UnsafeRawPointer(memory)
    }

    /// A file in memory only, for tests of formats.
    package init(path: String, contents: [UInt8]) {
        self.path = path
        identity = nil
        isMapped = false
        count = contents.count
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: max(contents.count, 1), alignment: 64)
        unsafe memory.copyBytes(from: contents)
        unsafe start = UnsafeRawPointer(memory.baseAddress)
    }

    deinit {
        guard let start = unsafe start else { return }
        let memory = unsafe UnsafeMutableRawPointer(mutating: start)
        if isMapped { unsafe munmap(memory, count) } else { unsafe memory.deallocate() }
    }

    /// A copy of a range of bytes, which must lie inside the file.
    public func bytes(_ range: Range<Int>) -> [UInt8] {
        unsafe Array(memory(range))
    }

    /// The numbers in a range of bytes, which must lie inside the file. Numbers in float32 share the mapped memory;
    /// others are converted.
    public func floats(_ range: Range<Int>, format: FloatFormat) -> FloatBuffer {
        unsafe FloatBuffer(memory(range), format: format, of: self)
    }

    /// Lets the system drop the file's pages from memory. They are read again when they are needed.
    public func releasePages() {
        guard isMapped, let start = unsafe start else { return }
        // The call is a hint. Pages that stay only cost memory.
        unsafe _ = madvise(UnsafeMutableRawPointer(mutating: start), count, MADV_DONTNEED)
    }

    private func memory(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "bytes \(range) of \(count)")
        guard let start = unsafe start else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    /// A time in nanoseconds. A file system may state any time, so a time out of range becomes the nearest one in
    /// range.
    private static func nanoseconds(_ time: timespec) -> Int {
        let (seconds, isFar) = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isTooFar) = seconds.addingReportingOverflow(Int(time.tv_nsec))
        return isFar || isTooFar ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    /// The error of the system call that has just failed.
    private static func failure(of path: String) -> ModelError {
        let isShortage = [ENOMEM, EMFILE, ENFILE].contains(errno)
        return isShortage
            ? .shortage(file: path, reason: systemMessage()) : .unreadable(file: path, reason: systemMessage())
    }

    private static func systemMessage() -> String {
        unsafe String(cString: strerror(errno))
    }
}
