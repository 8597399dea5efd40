internal import Bytes

/// Text from bytes that come in pieces which may cut characters in two; what is not UTF-8 becomes U+FFFD, as
/// `String(decoding:as:)` has it for the whole.
struct CharacterStream {
    /// The beginning of a scalar: 3 bytes at most.
    private var rest: [UInt8] = []

    /// The text of the bytes so far, but for what the last call gave and a character that is not complete.
    mutating func add(_ bytes: [UInt8]) -> String {
        let all = rest + bytes
        let end = Self.endOfCharacters(all)
        rest = Array(all[end...])
        return String(decoding: all[..<end], as: UTF8.self)
    }

    /// What is left at the end.
    mutating func finish() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    /// Where a scalar begins that the bytes do not hold whole; their count if there is none.
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
