import Documents

/// A file of rows that grows at its end, with a digest of its contents.
struct RowFile: ~Copyable {
    private var file: AppendOnlyFile
    private(set) var prefix: FilePrefix

    /// Opens a file, and cuts it to its recorded length.
    /// - Throws: `FileError`.
    init(path: String, keeping prefix: FilePrefix) throws(FileError) {
        file = try AppendOnlyFile(path: path, keeping: prefix.length)
        self.prefix = prefix
    }

    /// Creates a file.
    ///
    /// An empty file may exist: a crash leaves one before the ledger records the file.
    /// - Throws: `FileError`; `JobRefusal` if a foreign file is in the way.
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

    /// - Throws: `FileError`, also if another program has changed the file's length.
    mutating func append(_ bytes: [UInt8]) throws(FileError) {
        try file.checkLength()
        try file.append(bytes)
        prefix.add(bytes)
    }

    /// Synchronises the file with the disk.
    /// - Throws: `FileError`, also if another program has changed the file's length or replaced the file.
    func synchronize() throws(FileError) {
        try file.checkLength()
        try file.checkPlace()
        try file.synchronize()
    }
}
