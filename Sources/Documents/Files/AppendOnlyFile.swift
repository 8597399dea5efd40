/// An append-only file: the rows of a job, or the partial rows of a document.
///
/// The caller decides which bytes survive a crash. It records `length` after `synchronize()` and opens the file with
/// the recorded length the next time. Later bytes are cut off.
public struct AppendOnlyFile: ~Copyable, Sendable {
    public let path: String
    /// The bytes in the file. After a failed `append` it includes the part that was written.
    public private(set) var length: Int
    private let file: FileDescriptor
    /// Whether the file is a regular one, which can be truncated. A pipe or a device cannot.
    private let isRegular: Bool

    /// Opens a file and truncates it to its first `length` bytes. A missing file is created with its directories.
    ///
    /// - Parameter isNew: whether a file at the path is an error.
    /// - Throws: `FileError`, also if the file is shorter than `length`, because recorded rows are lost.
    public init(path: String, keeping length: Int = 0, isNew: Bool = false) throws(FileError) {
        precondition(length >= 0, "a file has no negative length")
        let directory = parentDirectory(of: path)
        try createDirectories(directory)
        let file = isNew ? try FileDescriptor.creatingForUpdates(path) : try FileDescriptor.updating(path)
        try synchronizeDirectory(directory)
        let found = try file.status()
        guard found.size >= length else {
            throw FileError(.open, path, .shorter(found: found.size, recorded: length))
        }
        // A pipe or a device has size 0 and can be neither truncated nor positioned.
        if found.kind == .regular {
            try file.truncate(to: length)
            try file.seek(to: length)
        }
        isRegular = found.kind == .regular
        self.path = path
        self.length = length
        self.file = file
    }

    /// Checks that no other program has truncated the file or written to it.
    /// - Throws: `FileError` with `.resized`.
    public func checkLength() throws(FileError) {
        guard isRegular else { return }
        let found = try file.status().size
        guard found == length else { throw FileError(.write, path, .resized(found: found, written: length)) }
    }

    /// Checks that the path still leads to this file.
    /// - Throws: `FileError` with `.replaced`.
    public func checkPlace() throws(FileError) {
        let (mine, present) = (FileState(try file.status()), try FileState(path: path))
        guard let present, present.device == mine.device, present.inode == mine.inode else {
            throw FileError(.write, path, .replaced)
        }
    }

    /// Appends bytes. They are durable only after `synchronize()`.
    public mutating func append(_ bytes: borrowing Span<UInt8>) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = try file.writeSome(bytes.extracting(written..<bytes.count))
            written += count
            length += count
        }
    }

    /// Appends bytes. They are durable only after `synchronize()`.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) {
        try append(bytes.span)
    }

    /// Truncates the file to its first `length` bytes, to undo a failed `append`.
    public mutating func truncate(to length: Int) throws(FileError) {
        precondition((0...self.length).contains(length), "truncation only shortens")
        try file.truncate(to: length)
        try file.seek(to: length)
        self.length = length
    }

    /// Returns when all appended bytes are durable (fdatasync(2)).
    public func synchronize() throws(FileError) {
        try file.synchronizeData()
    }

    /// Calls the body with a part of the file, in pieces of bounded size.
    public func forEachPiece(of range: Range<Int>, _ body: ([UInt8]) throws -> Void) throws {
        precondition(range.lowerBound >= 0 && range.upperBound <= length, "a range of what is there")
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(range.upperBound - start, 64 << 10)
            try body(file.readAll(count, at: start))
            start += count
        }
    }
}
