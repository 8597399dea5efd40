/// A file that appears under its name whole or not at all: a manifest, a snapshot.
///
/// Bytes go to `PATH.new`; `commit` synchronises it, renames it over `PATH` and synchronises the directory, so that a
/// crash at any moment leaves the old file or the new one. A value dropped without `commit` leaves the old file. One
/// process writes a path at a time; `PATH.new` left by a crash is overwritten.
public struct DurableFile: ~Copyable, Sendable {
    public let path: String
    private let temporaryPath: String
    private let file: FileDescriptor
    private var isCommitted = false

    /// Opens the temporary file; missing directories of the path are made.
    public init(path: String) throws(FileError) {
        self.path = path
        temporaryPath = path + ".new"
        try createDirectories(parentDirectory(of: path))
        file = try FileDescriptor.replacing(temporaryPath)
    }

    deinit {
        // Nobody is left to tell; the next writer overwrites what stays.
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

    /// Puts the file under its name; when this returns, it stays there after a power loss.
    public consuming func commit() throws(FileError) {
        try file.synchronize()
        try renameFile(temporaryPath, to: path)
        isCommitted = true
        try synchronizeDirectory(parentDirectory(of: path))
    }

    /// Replaces the file at `path` by one that holds `bytes`.
    public static func replace(_ path: String, with bytes: [UInt8]) throws(FileError) {
        let file = try DurableFile(path: path)
        try file.append(bytes)
        try file.commit()
    }
}
