internal import Bytes
internal import Crypto

/// The first bytes of a file and their SHA-256, ready to take what is appended.
public struct FilePrefix: Sendable {
    public private(set) var length: Int
    private var hash: SHA256

    /// Of an empty file.
    public init() {
        length = 0
        hash = SHA256()
    }

    /// Reads a file's first bytes.
    /// - Parameters:
    ///   - length: how many.
    ///   - digest: what was recorded of them; `nil`: nothing was.
    /// - Throws: `FileError`: also when there are fewer, or others.
    public init(path: String, length: Int, digest: String?) throws(FileError) {
        self.init()
        guard length > 0 else { return }
        let file = try FileDescriptor.reading(path)
        var piece: [UInt8] = []
        while self.length < length,
            try file.read(atMost: min(1 << 20, length - self.length), appendingTo: &piece) > 0
        {
            add(piece)
            piece.removeAll(keepingCapacity: true)
        }
        guard self.length == length else {
            throw FileError(.open, path, .shorter(found: self.length, recorded: length))
        }
        guard digest == nil || digest == self.digest else { throw FileError(.open, path, .altered) }
    }

    public mutating func add(_ bytes: [UInt8]) {
        hash.update(data: bytes)
        length += bytes.count
    }

    /// Numbers as they lie in memory.
    mutating func add<Element: BitwiseCopyable>(elements: [Element]) {
        add(bytesInMemory(of: elements))
    }

    /// SHA-256 in hexadecimal (FIPS 180-4).
    public var digest: String { Hexadecimal.text(of: hash.finalize()) }
}

/// SHA-256 of bytes in hexadecimal (FIPS 180-4).
public func sha256(_ bytes: [UInt8]) -> String {
    Hexadecimal.text(of: SHA256.hash(data: bytes))
}
