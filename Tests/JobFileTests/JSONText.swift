/// Strings of JSON as other programs write them.
enum JSONText {
    /// ASCII alone, with surrogate pairs, as Python's `json.dumps` has it.
    static func ascii(_ text: String) -> String {
        quoted(
            text.utf16.map {
                (0x20...0x7E).contains($0) && !isEscaped($0) ? String(Unicode.Scalar(UInt8($0))) : escape($0)
            })
    }

    /// Escapes where there must be some (RFC 8259, section 7), and nowhere else.
    static func raw(_ text: String) -> String {
        quoted(
            text.unicodeScalars.map {
                isEscaped(UInt16(truncatingIfNeeded: $0.value)) && $0.value < 0x80
                    ? escape(UInt16($0.value)) : String($0)
            })
    }

    private static func isEscaped(_ unit: UInt16) -> Bool {
        unit < 0x20 || unit == UInt16(UInt8(ascii: "\"")) || unit == UInt16(UInt8(ascii: "\\"))
    }

    private static func quoted(_ pieces: [String]) -> String {
        "\"" + pieces.joined() + "\""
    }

    private static func escape(_ unit: UInt16) -> String {
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
