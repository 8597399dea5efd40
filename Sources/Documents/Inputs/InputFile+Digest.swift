extension InputFile {
    /// The hexadecimal SHA-256 of the file's bytes on disk (FIPS 180-4).
    /// - Throws: `FileError`.
    public func sha256() throws(FileError) -> String {
        let file = try FileDescriptor.reading(path)
        var prefix = FilePrefix()
        var piece: [UInt8] = []
        while try file.read(atMost: 1 << 20, appendingTo: &piece) > 0 {
            prefix.add(piece)
            piece.removeAll(keepingCapacity: true)
        }
        return prefix.digest
    }
}
