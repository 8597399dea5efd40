/// A new file that never replaces another, such as a key.
public enum NewFile {
    /// Creates a file, and returns when it is durable.
    ///
    /// - Parameter isSecret: whether only the owner can read the file (mode 0600).
    /// - Throws: `FileError`; one of `.create` if the path exists.
    public static func write(_ text: String, to path: String, isSecret: Bool) throws(FileError) {
        let directory = parentDirectory(of: path)
        try createDirectories(directory)
        let file = try FileDescriptor.creating(path, mode: isSecret ? 0o600 : 0o644)
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count { written += try file.writeSome(bytes.span.extracting(written..<bytes.count)) }
        try file.synchronize()
        try synchronizeDirectory(directory)
    }
}
