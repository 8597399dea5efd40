import Crypto

extension InputFile {
    /// SHA-256 of the file's bytes as they are on disk, in hexadecimal (FIPS 180-4).
    /// - Throws: `FileError`.
    public func sha256() throws(FileError) -> String {
        let file = try FileDescriptor.reading(path)
        var hash = SHA256()
        var piece: [UInt8] = []
        while try file.read(atMost: 1 << 20, appendingTo: &piece) > 0 {
            hash.update(data: piece)
            piece.removeAll(keepingCapacity: true)
        }
        return hash.finalize().map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
