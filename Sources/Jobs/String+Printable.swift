extension String {
    /// The text, safe for a terminal or a log. Control characters, which could move the cursor, change colours or begin
    /// a new line, are escaped as in Swift: `\\u{1B}`.
    ///
    /// Control characters are those of Unicode category Cc, and those of Cf that change the direction of text.
    public var printable: String {
        guard unicodeScalars.contains(where: \.isControl) else { return self }
        var text = ""
        for scalar in unicodeScalars {
            if scalar.isControl { text += scalar.escaped(asASCII: true) } else { text.unicodeScalars.append(scalar) }
        }
        return text
    }
}

extension Unicode.Scalar {
    fileprivate var isControl: Bool {
        switch value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
