internal import Bytes
internal import Glibc
internal import Jobs

/// A file descriptor, closed when the value is destroyed.
///
/// All system calls on files that need pointers are in this source file. A call interrupted by a signal is repeated
/// (`EINTR`, signal(7)).
struct FileDescriptor: ~Copyable, Sendable {
    /// The file's name in errors.
    let path: String
    private let number: Int32

    private init(number: Int32, path: String) {
        self.number = number
        self.path = path
    }

    deinit {
        if number > STDERR_FILENO { close(number) }
    }

    static func standardInput() -> FileDescriptor {
        FileDescriptor(number: STDIN_FILENO, path: "standard input")
    }

    static func reading(_ path: String) throws(FileError) -> FileDescriptor {
        let number = try retrying(.open, path) { unsafe open(path, O_RDONLY | O_CLOEXEC) }
        return FileDescriptor(number: number, path: path)
    }

    /// Opens a file for writing and truncates it. A new file has mode 0666 less the umask.
    static func replacing(_ path: String) throws(FileError) -> FileDescriptor {
        let flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_TRUNC
        let number = try retrying(.create, path) { unsafe open(path, flags, 0o666) }
        return FileDescriptor(number: number, path: path)
    }

    /// Creates a file and opens it for writing. An existing file is an error (`EEXIST`).
    /// - Parameter mode: the file's mode before the umask.
    static func creating(_ path: String, mode: mode_t) throws(FileError) -> FileDescriptor {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
        let number = try retrying(.create, path) { unsafe open(path, flags, mode) }
        return FileDescriptor(number: number, path: path)
    }

    /// Creates a file and opens it for reading and writing. An existing file is an error (`EEXIST`).
    static func creatingForUpdates(_ path: String) throws(FileError) -> FileDescriptor {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        let number = try retrying(.create, path) { unsafe open(path, flags, 0o666) }
        return FileDescriptor(number: number, path: path)
    }

    /// Opens a file for reading and writing. A missing file is created with mode 0666 less the umask.
    static func updating(_ path: String) throws(FileError) -> FileDescriptor {
        let number = try retrying(.create, path) { unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        return FileDescriptor(number: number, path: path)
    }

    /// Opens a directory to synchronise its entries.
    static func directory(_ path: String) throws(FileError) -> FileDescriptor {
        let number = try retrying(.open, path) { unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        return FileDescriptor(number: number, path: path)
    }

    /// Appends at most `count` bytes of the file to `bytes`.
    /// - Returns: the number of bytes; 0 at the end of the file.
    func read(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(FileError) -> Int {
        let before = bytes.count
        let (number, path) = (number, path)
        try bytes.append(addingCapacity: count) { (output: inout OutputSpan<UInt8>) throws(FileError) in
            try unsafe output.withUnsafeMutableBufferPointer { (buffer, filled) throws(FileError) in
                let rest = unsafe UnsafeMutableRawPointer(buffer.baseAddress! + filled)
                filled += try Self.retrying(.read, path) { unsafe Glibc.read(number, rest, count) }
            }
        }
        return bytes.count - before
    }

    /// Writes bytes at the file's position.
    /// - Returns: the number of bytes written, which may be fewer than all.
    func writeSome(_ bytes: borrowing Span<UInt8>) throws(FileError) -> Int {
        let (number, path) = (number, path)
        return try unsafe bytes.withUnsafeBytes { (buffer) throws(FileError) in
            try Self.retrying(.write, path) { unsafe write(number, buffer.baseAddress, buffer.count) }
        }
    }

    /// Writes numbers in their representation in memory at an offset (pwrite(2)).
    func writeAll<Element: BitwiseCopyable>(_ elements: [Element], at offset: Int) throws(FileError) {
        let (number, path) = (number, path)
        try unsafe elements.span.withUnsafeBytes { (buffer) throws(FileError) in
            var done = 0
            while done < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...])
                done += try Self.retrying(.write, path) {
                    unsafe pwrite(number, rest.baseAddress, rest.count, offset + done)
                }
            }
        }
    }

    /// The numbers at an offset of the file (pread(2)).
    func readAll<Element: BitwiseCopyable>(_ count: Int, at offset: Int) throws(FileError) -> [Element] {
        let (number, path) = (number, path)
        var failure: FileError?
        let elements = unsafe [Element](unsafeUninitializedCapacity: count) { elements, initializedCount in
            let buffer = UnsafeMutableRawBufferPointer(elements)
            let size = count * MemoryLayout<Element>.stride
            var done = 0
            do throws(FileError) {
                while done < size {
                    let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[done..<size])
                    let taken = try Self.retrying(.read, path) {
                        unsafe pread(number, rest.baseAddress, rest.count, offset + done)
                    }
                    guard taken > 0 else {
                        throw FileError(.read, path, .shorter(found: offset + done, recorded: offset + size))
                    }
                    done += taken
                }
                initializedCount = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return elements
    }

    func seek(to offset: Int) throws(FileError) {
        _ = try Self.retrying(.seek, path) { lseek(number, offset, SEEK_SET) }
    }

    /// Skips a hole, which contains only zeros, up to the next data or the end of the file.
    /// - Returns: the new position; `offset` if there is no hole.
    func passHole(at offset: Int) throws(FileError) -> Int {
        // 3 is SEEK_DATA (lseek(2)). ENXIO: only a hole follows. EINVAL: the file system does not support it.
        let data = lseek(number, offset, 3)
        if data >= 0 { return data }
        guard errno == ENXIO else { return offset }
        return try Self.retrying(.seek, path) { lseek(number, 0, SEEK_END) }
    }

    func truncate(to length: Int) throws(FileError) {
        _ = try Self.retrying(.truncate, path) { Int(ftruncate(number, length)) }
    }

    /// Returns when the data, and the length needed to read it, are durable (fdatasync(2)).
    func synchronizeData() throws(FileError) {
        try ignoringSpecialFiles { fdatasync(number) }
    }

    /// Returns when the data and all metadata are durable (fsync(2)).
    func synchronize() throws(FileError) {
        try ignoringSpecialFiles { fsync(number) }
    }

    func status() throws(FileError) -> FileStatus {
        var record = stat()
        _ = try Self.retrying(.examine, path) { unsafe Int(fstat(number, &record)) }
        return FileStatus(record)
    }

    /// Ignores `EINVAL`, with which pipes and devices answer because they cannot be synchronised (fsync(2)).
    private func ignoringSpecialFiles(_ call: () -> Int32) throws(FileError) {
        while call() != 0 {
            switch errno {
            case EINTR: continue
            case EINVAL: return
            case let code: throw FileError(.synchronize, path, .system(code: code))
            }
        }
    }

    /// Repeats an interrupted call, and throws an error if the call returns -1.
    fileprivate static func retrying<Result: SignedInteger>(
        _ operation: FileError.Operation, _ path: String, _ call: () -> Result
    ) throws(FileError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let code = errno
            if code != EINTR { throw FileError(operation, path, .system(code: code)) }
        }
    }
}

/// The status of a file (stat(2)).
struct FileStatus: Sendable, Equatable {
    enum Kind: String, Sendable { case regular, directory, pipe, socket, device }

    let kind: Kind
    let size: Int
    /// The modification time in nanoseconds since 1970, clamped to the years 1677 to 2262.
    let modified: Int64
    /// The status change time in nanoseconds since 1970. No system call can set it.
    let changed: Int64
    let device: UInt64
    let inode: UInt64

    fileprivate init(_ record: stat) {
        kind =
            switch record.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            default: .device
            }
        size = record.st_size
        modified = Self.nanoseconds(record.st_mtim)
        changed = Self.nanoseconds(record.st_ctim)
        device = UInt64(record.st_dev)
        inode = UInt64(record.st_ino)
    }

    /// The nanoseconds since 1970, clamped to the years 1677 to 2262.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        let (product, isLarge) = Int64(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, isLarger) = product.addingReportingOverflow(Int64(time.tv_nsec))
        return isLarge || isLarger ? (time.tv_sec < 0 ? .min : .max) : sum
    }

    /// The status of the file at a path. Symbolic links are followed.
    init(path: String) throws(FileError) {
        var record = stat()
        _ = try FileDescriptor.retrying(.examine, path) { unsafe stat(path, &record) }
        self.init(record)
    }
}

/// The bytes of numbers in memory, as `writeAll` writes them.
func bytesInMemory<Element: BitwiseCopyable>(of elements: [Element]) -> [UInt8] {
    unsafe elements.withUnsafeBytes { unsafe Array($0) }
}

func isSymbolicLink(_ path: String) throws(FileError) -> Bool {
    var record = stat()
    _ = try FileDescriptor.retrying(.examine, path) { unsafe lstat(path, &record) }
    return record.st_mode & S_IFMT == S_IFLNK
}

/// An entry of a directory.
struct DirectoryEntry: Sendable {
    let name: String
    /// Whether the name is exact. Otherwise the name is not UTF-8: its bytes are escaped as `\xE9`, and it cannot be
    /// opened.
    let isExact: Bool
    /// Whether the file system says that the entry is a directory. Some file systems do not say.
    let isDirectory: Bool

    init(_ bytes: [UInt8], isDirectory: Bool) {
        self.isDirectory = isDirectory
        if let name = String(validating: bytes, as: UTF8.self) {
            self.name = name
            isExact = true
            return
        }
        var text = ""
        var rest = bytes
        while !rest.isEmpty {
            let valid =
                switch UTF8Prefix(of: rest.span) {
                case .valid(let count), .malformed(let count), .nul(let count): count
                }
            text += String(decoding: rest[..<valid], as: UTF8.self).replacing("\\", with: "\\\\")
            rest.removeFirst(valid)
            guard !rest.isEmpty else { break }
            let byte = rest.removeFirst()
            text += "\\x" + Hexadecimal.text(of: [byte]).uppercased()
        }
        name = text
        isExact = false
    }
}

/// The entries of a directory without `.` and `..`, in the order of the file system.
/// - Parameter goesOn: called after each entry with the number of entries so far; `false` ends the listing.
func directoryEntries(
    _ path: String, while goesOn: (_ count: Int) -> Bool = { _ in true }
) throws(FileError) -> [DirectoryEntry] {
    guard let stream = unsafe opendir(path) else { throw FileError(.list, path, .system(code: errno)) }
    defer { unsafe closedir(stream) }
    var entries: [DirectoryEntry] = []
    while true {
        errno = 0
        guard let entry = unsafe readdir(stream) else {
            let code = errno
            if code == 0 { return entries }
            throw FileError(.list, path, .system(code: code))
        }
        // The record is shorter than its declared type, so the name is read in place and never copied as a tuple.
        let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
        let text = unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: UInt8.self)
        let bytes = unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text)))
        if bytes != Array(".".utf8) && bytes != Array("..".utf8) {
            entries.append(DirectoryEntry(bytes, isDirectory: unsafe Int(entry.pointee.d_type) == Int(DT_DIR)))
            guard goesOn(entries.count) else { return entries }
        }
    }
}

/// The path without symbolic links (realpath(3)). Components that do not exist are kept.
func resolvedPath(_ path: String) -> String {
    if let resolved = unsafe realpath(path, nil) {
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }
    let parent = parentDirectory(of: path)
    guard parent != path, path.isAbsolutePath, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else {
        return path
    }
    let resolvedParent = resolvedPath(parent)
    return (resolvedParent == "/" ? "" : resolvedParent) + path[slash...]
}

/// The whole content of a file.
public func contents(of path: String) throws(FileError) -> [UInt8] {
    let file = try FileDescriptor.reading(path)
    var bytes: [UInt8] = []
    // The size in the file's status is not trusted for one large allocation.
    while try file.read(atMost: 1 << 20, appendingTo: &bytes) > 0 {}
    return bytes
}

func renameFile(_ path: String, to destination: String) throws(FileError) {
    _ = try FileDescriptor.retrying(.rename, destination) { unsafe rename(path, destination) }
}

/// Gives a file a second name (link(2)). An existing file of that name is an error of `.create` (`EEXIST`).
func linkFile(_ path: String, to destination: String) throws(FileError) {
    _ = try FileDescriptor.retrying(.create, destination) { unsafe link(path, destination) }
}

func removeFile(_ path: String) throws(FileError) {
    _ = try FileDescriptor.retrying(.remove, path) { unsafe unlink(path) }
}

/// Removes a directory if it is empty.
public func removeDirectoryIfEmpty(_ path: String) {
    _ = unsafe rmdir(path)
}

/// Creates a directory and its missing parents with mode 0777 less the umask.
public func createDirectories(_ path: String) throws(FileError) {
    if unsafe mkdir(path, 0o777) == 0 { return try synchronizeDirectory(parentDirectory(of: path)) }
    switch errno {
    case EEXIST:
        return
    case ENOENT where parentDirectory(of: path) != path:
        try createDirectories(parentDirectory(of: path))
        // Another process may have created the directory first.
        guard unsafe mkdir(path, 0o777) == 0 || errno == EEXIST else {
            throw FileError(.create, path, .system(code: errno))
        }
        try synchronizeDirectory(parentDirectory(of: path))
    case let code:
        throw FileError(.create, path, .system(code: code))
    }
}

/// Makes a directory's created, renamed and removed entries durable (fsync(2)).
func synchronizeDirectory(_ path: String) throws(FileError) {
    try FileDescriptor.directory(path).synchronize()
}

public func parentDirectory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

func systemMessage(for code: Int32) -> String {
    guard let text = unsafe strerror(code) else { return "error \(code)" }
    return unsafe String(cString: text)
}
