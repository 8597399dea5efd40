import Documents

/// A file of rows that grows at its end, with a digest of what was written to it.
struct RowFile: ~Copyable {
    private var file: AppendOnlyFile
    private(set) var prefix: FilePrefix

    /// Opens a file, and cuts it to what was recorded of it.
    /// - Throws: `FileError`.
    init(path: String, keeping prefix: FilePrefix) throws(FileError) {
        file = try AppendOnlyFile(path: path, keeping: prefix.length)
        self.prefix = prefix
    }

    /// Opens a file that nobody else has made.
    ///
    /// An empty one is what a crash leaves before it is recorded that the file was made.
    /// - Throws: `FileError`; `JobRefusal` where another file lies there.
    init(new path: String) throws {
        prefix = FilePrefix()
        do throws(FileError) {
            file = try AppendOnlyFile(path: path, isNew: true)
        } catch {
            guard let state = try FileState(path: path) else { throw error }
            guard state.size == 0 else { throw JobRefusal.exists(path) }
            file = try AppendOnlyFile(path: path)
        }
    }

    var length: Int { file.length }

    /// - Throws: `FileError`, also when somebody else has changed the file's length.
    mutating func append(_ bytes: [UInt8]) throws(FileError) {
        try file.checkLength()
        try file.append(bytes)
        prefix.add(bytes)
    }

    /// Puts what was appended on the device.
    /// - Throws: `FileError`, also when somebody else has changed the file's length or taken its place.
    func synchronize() throws(FileError) {
        try file.checkLength()
        try file.checkPlace()
        try file.synchronize()
    }
}
