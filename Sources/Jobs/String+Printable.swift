extension String {
    /// The text as it may be shown on a terminal or written to a log: control characters, which could move the cursor,
    /// colour what follows or begin a new line, are written as in Swift, such as `\\u{1B}`; all else is as it is.
    ///
    /// Control characters are Unicode's categories Cc, and Cf as far as it changes the direction of text.
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
