internal import Bytes

/// The valid prefix of bytes in UTF-8 without NUL (Unicode 16, table 3-7).
enum UTF8Prefix: Equatable {
    /// The first `count` bytes are complete scalars. Up to 3 bytes of an incomplete scalar follow.
    case valid(count: Int)
    /// No well-formed scalar begins at this byte.
    case malformed(at: Int)
    case nul(at: Int)

    init(of bytes: borrowing Span<UInt8>) {
        var index = 0
        // Blocks are tried only after a run of plain bytes. They do not pay between letters of other scripts.
        var plainRun = Self.worthABlock
        while index < bytes.count {
            if plainRun >= Self.worthABlock {
                index = Self.endOfPlainBlocks(bytes, from: index)
                plainRun = 0
                guard index < bytes.count else { break }
            }
            let lead = bytes[index]
            if lead &- 1 < 0x7F {
                index += 1
                plainRun += 1
                continue
            }
            if lead == 0 {
                self = .nul(at: index)
                return
            }
            plainRun = 0
            switch Self.sequence(bytes, at: index) {
            case .whole(let length): index += length
            case .cut:
                self = .valid(count: index)
                return
            case .malformed:
                self = .malformed(at: index)
                return
            }
        }
        self = .valid(count: bytes.count)
    }

    private static let worthABlock = 16

    private enum Sequence {
        case whole(length: Int)
        /// The bytes end before the sequence does.
        case cut
        case malformed
    }

    /// The sequence that begins with a byte from 0x80 on. The second byte's range excludes overlong forms, surrogates
    /// and values above U+10FFFF.
    private static func sequence(_ bytes: borrowing Span<UInt8>, at index: Int) -> Sequence {
        let lead = bytes[index]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        guard lead >= 0xC2, lead <= 0xF4 else { return .malformed }
        guard index + 1 < bytes.count else { return .cut }
        let second = bytes[index + 1]
        var (lowest, highest): (UInt8, UInt8) = (0x80, 0xBF)
        switch lead {
        case 0xE0: lowest = 0xA0
        case 0xED: highest = 0x9F
        case 0xF0: lowest = 0x90
        case 0xF4: highest = 0x8F
        default: break
        }
        guard second >= lowest, second <= highest else { return .malformed }
        for next in index + 2..<index + length {
            guard next < bytes.count else { return .cut }
            guard bytes[next].continuesScalar else { return .malformed }
        }
        return .whole(length: length)
    }

    /// Skips blocks of 32 bytes from 0x01 to 0x7F. The loop has no branch per byte, so the compiler vectorises it.
    private static func endOfPlainBlocks(_ bytes: borrowing Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index + 32 <= bytes.count {
            let block = bytes.extracting(index..<index + 32)
            var highest: UInt8 = 0
            // NUL wraps to 0xFF, so one comparison finds NUL and everything above 0x7F.
            for position in 0..<32 { highest = max(highest, block[position] &- 1) }
            if highest >= 0x7F { break }
            index += 32
        }
        return index
    }
}
