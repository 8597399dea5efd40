/// The compression of a file, recognised by its first bytes.
enum Packing: String {
    /// Gzip members (RFC 1952).
    case gzip = ".gz"
    /// Zstandard frames (RFC 8878).
    case zstd = ".zst"

    /// The number of first bytes needed to recognise the compression.
    static let telling = 6

    /// - Returns: `nil` if the bytes are not compressed, or in an unsupported format.
    init?(firstBytes start: some Collection<UInt8>) {
        let start = Array(start.prefix(4))
        // The magic number is in RFC 1952, section 2.3.1.
        if start.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else if start == [0x28, 0xB5, 0x2F, 0xFD] || start.count == 4 && Self.isSkippable(start) {
            self = .zstd
        } else {
            return nil
        }
    }

    /// The compression that a file's extension names, in either case. A file with the extension but other first bytes
    /// is damaged.
    init?(fileName: String) {
        self.init(rawValue: fileExtension(of: fileName) ?? "")
    }

    /// Whether a skippable frame begins here. Parallel compressors write one first (RFC 8878, section 3.1.2).
    private static func isSkippable(_ start: [UInt8]) -> Bool {
        start[0] & 0xF0 == 0x50 && start[1...] == [0x2A, 0x4D, 0x18]
    }

    /// The name of a known but unsupported compression format.
    static func unread(_ start: some Collection<UInt8>) -> String? {
        let known: [(name: String, start: [UInt8])] = [
            ("xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]), ("bzip2", [0x42, 0x5A, 0x68, 0x39, 0x31, 0x41]),
            ("lz4", [0x04, 0x22, 0x4D, 0x18]), ("zip", [0x50, 0x4B, 0x03, 0x04]),
        ]
        return known.first { start.starts(with: $0.start) }?.name
    }
}

/// The extension of a file name with its dot, in lower case; `nil` if there is none.
func fileExtension(of name: some StringProtocol) -> String? {
    name.lastIndex(of: ".").map { name[$0...].lowercased() }
}
