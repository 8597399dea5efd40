/// A sequence of numbers that grows at its end: in memory while it is small, in a file beyond that.
///
/// It holds what grows with a document, so that memory does not. The file, if there is one, belongs to this value and is
/// removed with it; it has no meaning for another process. Numbers are written as they lie in memory.
public final class Spool<Element: FixedWidthInteger & BitwiseCopyable> {
    private let path: String
    private let memoryLimit: Int
    private var elements: [Element] = []
    /// Holds everything, once there is one.
    private var file: FileDescriptor?
    public private(set) var count = 0

    /// - Parameters:
    ///   - path: of the file, if one is needed.
    ///   - memoryLimit: elements kept in memory.
    public init(path: String, memoryLimit: Int = 16_384) {
        self.path = path
        self.memoryLimit = memoryLimit
    }

    deinit {
        // A file left behind is one of the work directory, which goes with the job.
        if file != nil { try? removeFile(path) }
    }

    /// - Throws: `FileError`.
    public func append(_ new: [Element]) throws(FileError) {
        if file == nil, count + new.count > memoryLimit {
            file = try FileDescriptor.updating(path)
            try file?.writeAll(elements, at: 0)
            elements = []
        }
        if file == nil { elements += new }
        try file?.writeAll(new, at: count * MemoryLayout<Element>.size)
        count += new.count
    }

    /// - Throws: `FileError`.
    public func elements(_ range: Range<Int>) throws(FileError) -> [Element] {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range of what is there")
        if file == nil { return Array(elements[range]) }
        return try file?.readAll(range.count, at: range.lowerBound * MemoryLayout<Element>.size) ?? []
    }

    /// Hands out everything, in pieces of bounded size.
    public func forEachPiece(_ body: ([Element]) throws -> Void) throws {
        var start = 0
        while start < count {
            let end = min(start + memoryLimit, count)
            try body(elements(start..<end))
            start = end
        }
    }

    /// - Throws: `FileError`.
    public func removeAll() throws(FileError) {
        elements = []
        count = 0
        try file?.truncate(to: 0)
    }
}
