/// What a file's bytes are packed with, which its first bytes show.
enum Packing: String {
    /// Members of gzip (RFC 1952).
    case gzip = ".gz"
    /// Frames of Zstandard (RFC 8878).
    case zstd = ".zst"

    /// Bytes at the start of a file that are enough to tell.
    static let telling = 6

    /// - Returns: `nil` for bytes that are not packed, or in a way that is not read.
    init?(firstBytes start: some Collection<UInt8>) {
        let start = Array(start.prefix(4))
        // RFC 1952, section 2.3.1.
        if start.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if start == [0x28, 0xB5, 0x2F, 0xFD] || start.count == 4 && Self.isSkippable(start) {
            self = .zstd
        } else {
            return nil
        }
    }

    /// From the extension of a file's name, in either case: bytes that do not show it are damaged.
    init?(fileName: String) {
        self.init(rawValue: fileExtension(of: fileName) ?? "")
    }

    /// A frame that stands for no bytes may come first, as parallel compressors write it (RFC 8878, section 3.1.2).
    private static func isSkippable(_ start: [UInt8]) -> Bool {
        start[0] & 0xF0 == 0x50 && start[1...] == [0x2A, 0x4D, 0x18]
    }

    /// The name of a packing that is known and not read.
    static func unread(_ start: some Collection<UInt8>) -> String? {
        let known: [(name: String, start: [UInt8])] = [
            ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]), ("bzip2", [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41]),
            ("lz4", [0x04, 0x22, 0x4D, 0x18]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
        ]
        return known.first { start.starts(with: $0.start) }?.name
    }
}

/// With its dot, in lower case; `nil` for a name without one.
func fileExtension(of name: some StringProtocol) -> String? {
    name.lastIndex(of: ".").map { name[$0...].lowercased() }
}
