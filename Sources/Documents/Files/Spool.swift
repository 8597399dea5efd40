/// A sequence of numbers that grows at its end: in memory while it is small, in a file beyond that.
///
/// It holds what grows with a document, so that memory does not. Numbers are written as they lie in memory. The file
/// goes with this value, unless it was synchronised: then it has a meaning for another process, once its length is
/// recorded, and stays until ``remove()``.
///
/// What is in the file is read back only to be used: a digest of what was written shows whether another program changed
/// it.
public final class Spool<Element: FixedWidthInteger & BitwiseCopyable> {
    private let path: String
    private let memoryLimit: Int
    private var elements: [Element] = []
    /// Holds everything, once there is one.
    private var file: FileDescriptor?
    /// Elements from the start on that are known to be on the disk.
    private var synchronized = 0
    /// Of what the file holds; kept once there is a file.
    private var prefix = FilePrefix()
    public private(set) var count = 0

    /// - Parameters:
    ///   - path: of the file, if one is needed.
    ///   - memoryLimit: elements kept in memory.
    public init(path: String, memoryLimit: Int = 16_384) {
        self.path = path
        self.memoryLimit = memoryLimit
    }

    /// Opens what another process synchronised, and cuts it to its first `count` elements.
    /// - Parameter digest: what was recorded of these; `nil`: nothing was.
    /// - Throws: `FileError`: also when there are fewer, or others.
    public init(
        path: String, keeping count: Int, digest: String? = nil, memoryLimit: Int = 16_384
    ) throws(FileError) {
        precondition(count >= 0, "a spool has no negative length")
        self.path = path
        self.memoryLimit = memoryLimit
        guard count > 0 else { return }
        file = try FileDescriptor.updating(path)
        // Whatever is found, the file stays.
        self.count = count
        synchronized = count
        let (found, recorded) = (try file?.status().size ?? 0, count * MemoryLayout<Element>.size)
        guard found >= recorded else { throw FileError(.open, path, .shorter(found: found, recorded: recorded)) }
        prefix = try FilePrefix(path: path, length: recorded, digest: digest)
        try file?.truncate(to: recorded)
    }

    deinit {
        // A file left behind is one of the work directory, which goes with the job.
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

    /// SHA-256 of the file's part that counts; `nil` while everything is in memory.
    public var digest: String? { file == nil ? nil : prefix.digest }

    /// Makes sure that the file holds what was written.
    /// - Throws: `FileError` with `.altered` or `.shorter`.
    public func check() throws(FileError) {
        if file != nil { _ = try FilePrefix(path: path, length: prefix.length, digest: prefix.digest) }
    }

    /// Puts everything into the file and the file on the disk, under its name.
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

    /// Hands out everything, in pieces of bounded size.
    /// - Throws: `FileError`, with `.altered` when that was not what was written; what `body` throws.
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

    /// Hands out what is in a range, in pieces of bounded size; ``check()`` says whether that is what was written.
    /// - Throws: `FileError`; what `body` throws.
    public func forEachPiece(of range: Range<Int>, _ body: ([Element]) throws -> Void) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + memoryLimit, range.upperBound)
            try body(elements(start..<end))
            start = end
        }
    }

    /// Forgets all but the first `count` elements.
    /// - Parameter digest: what was recorded of these; `nil`: nothing was.
    /// - Throws: `FileError`, also when the file holds others.
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
        // A file that another process may open stays, even if nothing of it counts any more.
        if synchronized > 0 { synchronized = max(1, min(synchronized, count)) }
    }

    /// Forgets everything, and removes the file.
    public func remove() {
        elements = []
        count = 0
        synchronized = 0
        prefix = FilePrefix()
        // A file left behind is one of the work directory, which goes with the job.
        if file != nil { try? removeFile(path) }
        file = nil
    }
}
