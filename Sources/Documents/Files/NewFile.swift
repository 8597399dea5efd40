/// A file that is made whole and takes nobody's place, such as a key.
public enum NewFile {
    /// Makes a file at a path where there is none, and returns when it is on the device.
    ///
    /// - Parameter isSecret: only its owner can read it (mode 0600).
    /// - Throws: `FileError`; one of `.create` when there is something at the path.
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
