/// An append-only sequence of numbers, kept in memory while it is small and in a file beyond that.
///
/// A spool takes data that grows with a document, so that memory does not grow. Numbers are written in their
/// representation in memory. The file is removed with this value unless it was synchronised. A synchronised file can be
/// opened by another process once its length is recorded, and stays until ``remove()``.
///
/// The digest of the written bytes shows on reading whether another program changed the file.
public final class Spool<Element: FixedWidthInteger & BitwiseCopyable> {
    private let path: String
    private let memoryLimit: Int
    private var elements: [Element] = []
    /// The file, which holds all elements once it exists.
    private var file: FileDescriptor?
    /// The number of elements from the start that are durable.
    private var synchronized = 0
    /// The prefix that the file holds, maintained once there is a file.
    private var prefix = FilePrefix()
    public private(set) var count = 0

    /// - Parameters:
    ///   - path: the path of the file, if one is needed.
    ///   - memoryLimit: the number of elements kept in memory.
    public init(path: String, memoryLimit: Int = 16_384) {
        self.path = path
        self.memoryLimit = memoryLimit
    }

    /// Opens the file that another process synchronised, and truncates it to its first `count` elements.
    /// - Parameter digest: the recorded digest of the elements; `nil` if none was recorded.
    /// - Throws: `FileError`, also if the file is shorter or its elements differ.
    public init(
        path: String, keeping count: Int, digest: String? = nil, memoryLimit: Int = 16_384
    ) throws(FileError) {
        precondition(count >= 0, "a spool has no negative length")
        self.path = path
        self.memoryLimit = memoryLimit
        guard count > 0 else { return }
        file = try FileDescriptor.updating(path)
        // The file must stay even if the following checks throw.
        self.count = count
        synchronized = count
        let (found, recorded) = (try file?.status().size ?? 0, count * MemoryLayout<Element>.size)
        guard found >= recorded else { throw FileError(.open, path, .shorter(found: found, recorded: recorded)) }
        prefix = try FilePrefix(path: path, length: recorded, digest: digest)
        try file?.truncate(to: recorded)
    }

    deinit {
        // A failed removal is harmless: the file is removed with the work directory.
        if file != nil, synchronized == 0 { try? removeFile(path) }
    }

    /// - Throws: `FileError`.
    public func append(_ new: [Element]) throws(FileError) {
        if file == nil, count + new.count > memoryLimit { try moveToFile() }
        if file == nil {
            elements += new
        } else {
            try file?.writeAll(new, at: count * MemoryLayout<Element>.size)
            prefix.add(elements: new)
        }
        count += new.count
    }

    private func moveToFile() throws(FileError) {
        file = try FileDescriptor.updating(path)
        try file?.writeAll(elements, at: 0)
        prefix = FilePrefix()
        prefix.add(elements: elements)
        elements = []
    }

    /// The SHA-256 of the file's valid part; `nil` while everything is in memory.
    public var digest: String? { file == nil ? nil : prefix.digest }

    /// Checks that the file holds what was written.
    /// - Throws: `FileError` with `.altered` or `.shorter`.
    public func check() throws(FileError) {
        if file != nil { _ = try FilePrefix(path: path, length: prefix.length, digest: prefix.digest) }
    }

    /// Writes everything to the file and makes the file and its name durable.
    /// - Throws: `FileError`.
    public func synchronize() throws(FileError) {
        guard synchronized < count else { return }
        if file == nil { try moveToFile() }
        try file?.synchronizeData()
        if synchronized == 0 { try synchronizeDirectory(parentDirectory(of: path)) }
        synchronized = count
    }

    /// - Throws: `FileError`.
    public func elements(_ range: Range<Int>) throws(FileError) -> [Element] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range of what is there")
        if file == nil { return Array(elements[range]) }
        return try file?.readAll(range.count, at: range.lowerBound * MemoryLayout<Element>.size) ?? []
    }

    /// Calls the body with all elements, in pieces of bounded size.
    /// - Throws: `FileError`, with `.altered` if the file was changed; errors of `body`.
    public func forEachPiece(_ body: ([Element]) throws -> Void) throws {
        var start = 0
        var found = FilePrefix()
        while start < count {
            let end = min(start + memoryLimit, count)
            let piece = try elements(start..<end)
            if file != nil { found.add(elements: piece) }
            try body(piece)
            start = end
        }
        if file != nil, found.digest != prefix.digest { throw FileError(.read, path, .altered) }
    }

    /// Calls the body with the elements of a range, in pieces of bounded size. Only ``check()`` detects changes.
    /// - Throws: `FileError`; errors of `body`.
    public func forEachPiece(of range: Range<Int>, _ body: ([Element]) throws -> Void) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + memoryLimit, range.upperBound)
            try body(elements(start..<end))
            start = end
        }
    }

    /// Drops all but the first `count` elements.
    /// - Parameter digest: the recorded digest of these elements; `nil` if none was recorded.
    /// - Throws: `FileError`, also if the file's elements differ.
    public func truncate(to count: Int, digest: String? = nil) throws(FileError) {
        precondition((0...self.count).contains(count), "truncation only shortens")
        if file == nil {
            elements.removeLast(elements.count - count)
        } else if count < self.count {
            let bytes = count * MemoryLayout<Element>.size
            prefix = try FilePrefix(path: path, length: bytes, digest: digest)
            try file?.truncate(to: bytes)
        }
        self.count = count
        // A file that another process may open stays, even if none of its elements is valid.
        if synchronized > 0 { synchronized = max(1, min(synchronized, count)) }
    }

    /// Drops all elements and removes the file.
    public func remove() {
        elements = []
        count = 0
        synchronized = 0
        prefix = FilePrefix()
        // A failed removal is harmless: the file is removed with the work directory.
        if file != nil { try? removeFile(path) }
        file = nil
    }
}
