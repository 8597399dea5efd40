/// A file that is read in parts.
public struct ReadableFile: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// - Throws: `FileError`.
    public init(path: String) throws(FileError) {
        file = try FileDescriptor.reading(path)
    }

    /// - Throws: `FileError`.
    public func state() throws(FileError) -> FileState { FileState(try file.status()) }

    /// Calls the body with a part of the file, in pieces of bounded size.
    /// - Throws: `FileError`, also if the file is shorter; errors of `body`.
    public func forEachPiece(of range: Range<Int>, _ body: ([UInt8]) throws -> Void) throws {
        var start = range.lowerBound
        while start < range.upperBound {
            let count = min(range.upperBound - start, 256 << 10)
            try body(file.readAll(count, at: start))
            start += count
        }
    }
}
