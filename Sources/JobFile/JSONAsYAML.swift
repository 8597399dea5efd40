internal import JSON

/// A rewriting of JSON that libyaml reads correctly.
///
/// YAML 1.2 includes JSON (section 1.3), but libyaml implements YAML 1.1. It refuses some characters in strings, reads
/// others as line ends, and does not know surrogate pairs.
enum JSONAsYAML {
    /// - Returns: text with the same lines, for messages. Text that is not JSON is unchanged.
    static func text(_ text: String) -> String {
        guard (try? JSONParser.parse(Array(text.utf8))) != nil else { return text }
        var result = String.UnicodeScalarView()
        var rest = Substring(text).unicodeScalars
        while let scalar = rest.popFirst() {
            if scalar == "\\" {
                result.append(contentsOf: escape(from: &rest))
            } else if isForeign(scalar) {
                result.append(contentsOf: "\\u\(hexadecimal(scalar.value))".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// Removes an escape after its backslash, or two escapes of a surrogate pair.
    private static func escape(from rest: inout Substring.UnicodeScalarView) -> String.UnicodeScalarView {
        if let lead = unit(rest), UTF16.isLeadSurrogate(lead) {
            let behind = rest.dropFirst(5)
            if behind.first == "\\", let trail = unit(behind.dropFirst()), UTF16.isTrailSurrogate(trail) {
                rest = behind.dropFirst(6)
                return .init([UTF16.decode(UTF16.EncodedScalar([lead, trail]))])
            }
        }
        var escape: String.UnicodeScalarView = .init(["\\"])
        if let letter = rest.popFirst() { escape.append(letter) }
        return escape
    }

    /// The value of an escape `uXXXX` at the start of a text.
    private static func unit(_ text: Substring.UnicodeScalarView) -> UInt16? {
        guard text.first == "u" else { return nil }
        return UInt16(String(String.UnicodeScalarView(text.dropFirst().prefix(4))), radix: 16)
    }

    /// Whether YAML 1.1 has the character as not printable (section 5.1) or as a line end (section 5.4). JSON has them
    /// only in strings.
    private static func isForeign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0x9F, 0x2028, 0x2029, 0xFEFF, 0xFFFE, 0xFFFF: true
        default: false
        }
    }

    /// The four hexadecimal digits of a value.
    private static func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}
