internal import Bytes

/// A decoder of UTF-8 that arrives in pieces, which may split characters. Invalid bytes become U+FFFD, as
/// `String(decoding:as:)` does for the whole.
struct CharacterStream {
    /// The bytes of an incomplete scalar, 3 at most.
    private var rest: [UInt8] = []

    /// The next part of the text. The bytes of an incomplete character are held back.
    mutating func add(_ bytes: [UInt8]) -> String {
        let all = rest + bytes
        let end = Self.endOfCharacters(all)
        rest = Array(all[end...])
        return String(decoding: all[..<end], as: UTF8.self)
    }

    /// The text of the remaining bytes.
    mutating func finish() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    /// The start of an incomplete scalar at the end; the number of bytes if there is none.
    private static func endOfCharacters(_ bytes: [UInt8]) -> Int {
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte.continuesScalar { continue }
            let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1
            return length > back ? bytes.count - back : bytes.count
        }
        return bytes.count
    }
}
