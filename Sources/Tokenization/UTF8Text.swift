internal import Bytes

/// Reading UTF-8 (RFC 3629) scalar by scalar without making strings.
enum UTF8Text {
    /// The scalar that begins at `index`, and the number of its bytes. A byte that begins no well-formed scalar counts
    /// as a scalar of its own, U+FFFD. Readers validate first, so this only keeps broken input from stopping the
    /// program.
    @inline(__always)
    static func scalar(in text: Span<UInt8>, at index: Int) -> (value: UInt32, length: Int) {
        let lead = UInt32(text[index])
        if lead < 0x80 { return (lead, 1) }
        let available = text.count - index
        if lead < 0xE0 {
            guard lead >= 0xC2, available >= 2 else { return (0xFFFD, 1) }
            return ((lead & 0x1F) << 6 | continuation(text[index + 1]), 2)
        }
        if lead < 0xF0 {
            guard available >= 3 else { return (0xFFFD, 1) }
            return ((lead & 0x0F) << 12 | continuation(text[index + 1]) << 6 | continuation(text[index + 2]), 3)
        }
        guard lead < 0xF5, available >= 4 else { return (0xFFFD, 1) }
        let high = (lead & 0x07) << 18 | continuation(text[index + 1]) << 12
        return (high | continuation(text[index + 2]) << 6 | continuation(text[index + 3]), 4)
    }

    /// The start of the scalar that ends before `end`.
    @inline(__always)
    static func startOfScalar(before end: Int, in text: Span<UInt8>) -> Int {
        var start = end - 1
        while start > 0, end - start < 4, text[start].continuesScalar { start -= 1 }
        return start
    }

    /// The number of bytes at the front that are whole scalars. A piece of a stream may end inside a scalar.
    static func countOfWholeScalars(in text: Span<UInt8>) -> Int {
        guard !text.isEmpty else { return 0 }
        let start = startOfScalar(before: text.count, in: text)
        let length =
            switch text[start] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        return start + length > text.count ? start : text.count
    }

    /// Appends the scalar's UTF-8.
    static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        switch value {
        case 0..<0x80:
            bytes.append(UInt8(value))
        case 0x80..<0x800:
            bytes.append(UInt8(0xC0 | value >> 6))
            bytes.append(UInt8(0x80 | value & 0x3F))
        case 0x800..<0x10000:
            bytes.append(UInt8(0xE0 | value >> 12))
            bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | value & 0x3F))
        default:
            bytes.append(UInt8(0xF0 | value >> 18))
            bytes.append(UInt8(0x80 | value >> 12 & 0x3F))
            bytes.append(UInt8(0x80 | value >> 6 & 0x3F))
            bytes.append(UInt8(0x80 | value & 0x3F))
        }
    }

    @inline(__always)
    private static func continuation(_ byte: UInt8) -> UInt32 {
        UInt32(byte & 0x3F)
    }
}

extension [UInt8] {
    /// Appends a copy of the span's bytes.
    mutating func append(copying span: Span<UInt8>) {
        append(addingCapacity: span.count) { output in
            for index in span.indices { output.append(span[index]) }
        }
    }
}
