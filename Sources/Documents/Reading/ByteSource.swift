/// The bytes of an input file from front to back.
struct ByteSource: ~Copyable, Sendable {
    /// Bytes taken from the file.
    private(set) var bytesRead: Int
    private let file: FileDescriptor

    /// Opens a file at an offset, which standard input does not have.
    init(_ file: InputFile, at offset: Int = 0) throws(InputProblem) {
        self.file = try Self.open(file, at: offset)
        bytesRead = offset
    }

    /// Appends at most `count` bytes; returns how many, 0 at the end.
    mutating func read(atMost count: Int, appendingTo bytes: inout [UInt8]) throws(InputProblem) -> Int {
        do throws(FileError) {
            let taken = try file.read(atMost: count, appendingTo: &bytes)
            bytesRead += taken
            return taken
        } catch { throw InputProblem(.unreadable, error.description) }
    }

    private static func open(_ file: InputFile, at offset: Int) throws(InputProblem) -> FileDescriptor {
        do throws(FileError) {
            let descriptor = try file.path == "-" ? FileDescriptor.standardInput() : FileDescriptor.reading(file.path)
            if offset > 0 { try descriptor.seek(to: offset) }
            return descriptor
        } catch { throw InputProblem(.unreadable, error.description) }
    }
}
