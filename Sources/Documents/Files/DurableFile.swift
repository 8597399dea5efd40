/// A file that is replaced atomically, such as a manifest or a snapshot.
///
/// Bytes are written to `PATH.new`. `commit` synchronises that file, renames it to `PATH` and synchronises the
/// directory. A crash leaves the old file or the new one. A value dropped without `commit` leaves the old file. Only
/// one process may write a path at a time. A `PATH.new` left by a crash is overwritten.
public struct DurableFile: ~Copyable, Sendable {
    public let path: String
    private let temporaryPath: String
    private let file: FileDescriptor
    private var isCommitted = false

    /// Opens the temporary file. Missing directories of the path are created.
    public init(path: String) throws(FileError) {
        self.path = path
        temporaryPath = path + ".new"
        try createDirectories(parentDirectory(of: path))
        file = try FileDescriptor.replacing(temporaryPath)
    }

    deinit {
        // A deinitializer cannot throw. The next writer overwrites a file that remains.
        if !isCommitted { try? removeFile(temporaryPath) }
    }

    public func append(_ bytes: borrowing Span<UInt8>) throws(FileError) {
        var written = 0
        while written < bytes.count {
            written += try file.writeSome(bytes.extracting(written..<bytes.count))
        }
    }

    public func append(_ bytes: [UInt8]) throws(FileError) {
        try append(bytes.span)
    }

    /// Renames the file to its final name, and returns when the file and its name are durable.
    public consuming func commit() throws(FileError) {
        try file.synchronize()
        try renameFile(temporaryPath, to: path)
        isCommitted = true
        try synchronizeDirectory(parentDirectory(of: path))
    }

    /// Replaces the file at `path` by one with the content `bytes`.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let file = try DurableFile(path: path)
        try file.append(bytes)
        try file.commit()
    }
}
