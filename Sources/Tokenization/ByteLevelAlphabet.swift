/// The 256 characters that spell bytes in a byte-level BPE vocabulary. Printable Latin-1 spells itself. The other bytes
/// are spelled by U+0100 and following, in order.
///
/// Source: GPT-2 (Radford et al. 2019), the published encoder's `bytes_to_unicode`.
enum ByteLevelAlphabet {
    /// The scalar of each byte.
    static let scalars: [Unicode.Scalar] = {
        var scalars: [Unicode.Scalar] = []
        var following: UInt32 = 0x100
        for byte in UInt8.min...UInt8.max {
            switch byte {
            case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF:
                scalars.append(Unicode.Scalar(byte))
            default:
                scalars.append(Unicode.Scalar(following) ?? Unicode.Scalar(byte))
                following += 1
            }
        }
        return scalars
    }()

    /// The byte of each scalar below U+0144; -1 for no byte.
    private static let bytes: [Int16] = {
        var bytes = [Int16](repeating: -1, count: 0x144)
        for (byte, scalar) in scalars.enumerated() { bytes[Int(scalar.value)] = Int16(byte) }
        return bytes
    }()

    /// The spelling of a byte in the vocabulary, in UTF-8.
    static func spelling(of byte: UInt8) -> [UInt8] {
        Array(String(scalars[Int(byte)]).utf8)
    }

    /// The bytes of a vocabulary entry; nil if it has a character outside the alphabet.
    ///
    /// - Parameter entry: the entry as in the file, in UTF-8.
    static func bytes(of entry: [UInt8]) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(entry.count)
        var index = 0
        let text = entry.span
        while index < text.count {
            let scalar = UTF8Text.scalar(in: text, at: index)
            guard scalar.value < bytes.count, bytes[Int(scalar.value)] >= 0 else { return nil }
            result.append(UInt8(bytes[Int(scalar.value)]))
            index += scalar.length
        }
        return result
    }
}
