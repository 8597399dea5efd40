/// How far bytes are valid UTF-8 (Unicode 16, table 3-7) without NUL.
enum UTF8Prefix: Equatable {
    /// The first `count` bytes are whole scalars; what follows, 3 bytes at most, is a scalar cut short.
    case valid(count: Int)
    /// No well-formed scalar begins at this byte.
    case malformed(at: Int)
    case nul(at: Int)

    init(of bytes: borrowing Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            index = Self.endOfPlainBlocks(bytes, from: index)
            guard index < bytes.count else { break }
            let lead = bytes[index]
            if lead &- 1 < 0x7F {
                index += 1
                continue
            }
            if lead == 0 {
                self = .nul(at: index)
                return
            }
            guard let (length, second) = Self.sequence(lead) else {
                self = .malformed(at: index)
                return
            }
            let end = min(index + length, bytes.count)
            for next in index + 1..<end
            where !(next == index + 1 ? second : 0x80...0xBF).contains(bytes[next]) {
                self = .malformed(at: index)
                return
            }
            if end < index + length {
                self = .valid(count: index)
                return
            }
            index = end
        }
        self = .valid(count: bytes.count)
    }

    /// Length of the sequence that a byte from 0x80 on leads, and what its second byte may be: overlong forms,
    /// surrogates and values above U+10FFFF are excluded by the second byte.
    private static func sequence(_ lead: UInt8) -> (length: Int, second: ClosedRange<UInt8>)? {
        switch lead {
        case 0xC2...0xDF: (2, 0x80...0xBF)
        case 0xE0: (3, 0xA0...0xBF)
        case 0xED: (3, 0x80...0x9F)
        case 0xE1...0xEF: (3, 0x80...0xBF)
        case 0xF0: (4, 0x90...0xBF)
        case 0xF1...0xF3: (4, 0x80...0xBF)
        case 0xF4: (4, 0x80...0x8F)
        default: nil
        }
    }

    /// Skips blocks of 32 bytes from 0x01 to 0x7F, without a branch per byte so that the compiler uses vectors.
    private static func endOfPlainBlocks(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index + 32 <= bytes.count {
            let block = bytes.extracting(index..<index + 32)
            var highest: UInt8 = 0
            // NUL wraps to 0xFF: one comparison finds it and everything above 0x7F.
            for position in 0..<32 { highest = max(highest, block[position] &- 1) }
            if highest >= 0x7F { break }
            index += 32
        }
        return index
    }
}
