internal import Bytes
internal import Crypto

/// The length and SHA-256 of a file's first bytes, which appended bytes extend.
public struct FilePrefix: Sendable {
    public private(set) var length: Int
    private var hash: SHA256

    /// The prefix of an empty file.
    public init() {
        length = 0
        hash = SHA256()
    }

    /// Reads a file's first bytes.
    /// - Parameters:
    ///   - length: the number of bytes.
    ///   - digest: the recorded digest of the bytes; `nil` if none was recorded.
    /// - Throws: `FileError`, also if the file is shorter or its bytes differ.
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

    /// Adds numbers in their representation in memory.
    mutating func add<Element: BitwiseCopyable>(elements: [Element]) {
        add(bytesInMemory(of: elements))
    }

    /// The hexadecimal SHA-256 (FIPS 180-4).
    public var digest: String { Hexadecimal.text(of: hash.finalize()) }
}

/// The hexadecimal SHA-256 of bytes (FIPS 180-4).
public func sha256(_ bytes: [UInt8]) -> String {
    Hexadecimal.text(of: SHA256.hash(data: bytes))
}
