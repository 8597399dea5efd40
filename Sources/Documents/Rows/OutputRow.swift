/// One line of an output file.
public protocol OutputRow: Sendable {
    /// Writes the row as a JSON object, without the line end.
    func write(to text: inout JSONText)
}

extension OutputRow {
    /// The row and its line feed.
    public var line: [UInt8] {
        var text = JSONText()
        write(to: &text)
        text.endLine()
        return text.bytes
    }
}

extension JSONText {
    /// Writes the members that identify the row's document.
    /// - Parameter sample: the document's sample number, if it is a sample; omitted if `nil`.
    mutating func name(_ id: String, sample: Int?) {
        member("id", id)
        if let sample { member("sample", sample as Int) }
    }

    mutating func member(_ name: String, _ value: String) {
        key(name)
        string(value)
    }

    mutating func member(_ name: String, _ value: some FixedWidthInteger) {
        key(name)
        integer(value)
    }

    /// Writes a number, or `null` if the document has none, such as the bytes of a document of tokens.
    mutating func member(_ name: String, _ value: Int?) {
        key(name)
        if let value { integer(value) } else { null() }
    }

    mutating func member(_ name: String, _ values: [Int32]) {
        key(name)
        beginArray()
        integers(values)
        endArray()
    }

    mutating func member(_ name: String, _ value: Double?) {
        key(name)
        if let value { number(value) } else { null() }
    }
}
