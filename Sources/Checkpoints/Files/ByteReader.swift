/// Reads little-endian numbers and runs of bytes in order. A read past the end gives `nil`.
struct ByteReader {
    private let bytes: ArraySlice<UInt8>
    /// The offset of the next byte.
    private(set) var position = 0

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    var remaining: Int { bytes.count - position }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= remaining else { return nil }
        let start = bytes.startIndex + position
        position += count
        return bytes[start..<start + count]
    }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(_ type: Number.Type) -> Number? {
        guard let bytes = bytes(Number.bitWidth / 8) else { return nil }
        return bytes.reversed().reduce(Number(0)) { $0 << 8 | Number($1) }
    }

    mutating func byte() -> UInt8? { number(UInt8.self) }

    /// UTF-8 text of this many bytes.
    mutating func text(_ count: Int) -> String? {
        bytes(count).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The text up to the next line feed. The line feed is skipped.
    mutating func line() -> String? {
        let start = bytes.startIndex + position
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        position += end - start + 1
        return String(validating: bytes[start..<end], as: UTF8.self)
    }
}
