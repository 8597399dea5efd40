/// A JSON document (RFC 8259) whose strings stay bytes.
///
/// Foundation's decoder hands out Swift strings, and Swift strings are equal when they are canonically equivalent: two
/// entries of a vocabulary that differ only in normal form would become one. Here every string is the UTF-8 that the
/// file means, compared byte by byte. Members keep the file's order, and a name may occur twice.
enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// As written in the file.
    case number([UInt8])
    case string([UInt8])
    case array([JSONValue])
    case object([JSONMember])

    /// What kind of value this is, in words for error messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

struct JSONMember: Sendable {
    let name: [UInt8]
    let value: JSONValue
}

/// Where a text stops being JSON.
struct JSONSyntaxError: Error {
    let offset: Int
    let expected: String
}

/// Reads one JSON document from bytes.
struct JSONParser {
    /// Deep enough for any tokenizer, shallow enough for the call stack.
    private static let deepestNesting = 128

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    /// - Throws: `JSONSyntaxError` at the first byte that does not belong.
    static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        guard (try? UTF8Span(validating: bytes.span)) != nil else {
            throw JSONSyntaxError(offset: 0, expected: "valid UTF-8")
        }
        var parser = JSONParser(bytes: bytes)
        // A byte order mark, which some editors write, is no part of the text (RFC 8259, section 8.1).
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.expected("the end of the file") }
        return value
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func expected(_ what: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, expected: what)
    }

    private var next: UInt8? {
        position < bytes.count ? bytes[position] : nil
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    private mutating func take(word: StaticString, _ value: JSONValue) throws(JSONSyntaxError) -> JSONValue {
        for scalar in "\(word)".utf8 {
            guard take(scalar) else { throw expected("\"\(word)\"") }
        }
        return value
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard let next else { throw expected("a value") }
        switch next {
        case UInt8(ascii: "{"): return try nested { parser throws(JSONSyntaxError) in try parser.object() }
        case UInt8(ascii: "["): return try nested { parser throws(JSONSyntaxError) in try parser.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try take(word: "true", .bool(true))
        case UInt8(ascii: "f"): return try take(word: "false", .bool(false))
        case UInt8(ascii: "n"): return try take(word: "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return number()
        default: throw expected("a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepestNesting else { throw expected("fewer than \(Self.deepestNesting) levels") }
        depth += 1
        position += 1
        let value = try body(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(JSONSyntaxError) -> JSONValue {
        var members: [JSONMember] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw expected("':'") }
            members.append(JSONMember(name: name, value: try value()))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw expected("',' or '}'") }
        }
    }

    private mutating func array() throws(JSONSyntaxError) -> JSONValue {
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw expected("',' or ']'") }
        }
    }

    private mutating func number() -> JSONValue {
        let start = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "e"), UInt8(ascii: "E"):
                position += 1
            default: return .number(Array(bytes[start..<position]))
            }
        }
        return .number(Array(bytes[start..<position]))
    }

    private mutating func string() throws(JSONSyntaxError) -> [UInt8] {
        guard take(UInt8(ascii: "\"")) else { throw expected("a string") }
        var content: [UInt8] = []
        var plainStart = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                content.append(contentsOf: bytes[plainStart..<position])
                position += 1
                return content
            case UInt8(ascii: "\\"):
                content.append(contentsOf: bytes[plainStart..<position])
                position += 1
                try appendEscape(to: &content)
                plainStart = position
            case 0..<0x20: throw expected("no control character inside a string")
            default: position += 1
            }
        }
        throw expected("'\"'")
    }

    private mutating func appendEscape(to content: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = next else { throw expected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): UTF8Text.append(try escapedScalar().value, to: &content)
        default:
            position -= 1
            throw expected("an escape")
        }
    }

    /// The scalar of `\uXXXX` or of a surrogate pair of them, after the first `\u`.
    private mutating func escapedScalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try hexadecimalUnit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard UTF16.isLeadSurrogate(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw expected("the other half of a surrogate pair")
        }
        let second = try hexadecimalUnit()
        guard UTF16.isTrailSurrogate(second) else { throw expected("the other half of a surrogate pair") }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexadecimalUnit() throws(JSONSyntaxError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            let digit: UInt8? =
                switch next {
                case let byte? where UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte: byte - UInt8(ascii: "0")
                case let byte? where UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte: byte - UInt8(ascii: "a") + 10
                case let byte? where UInt8(ascii: "A")...UInt8(ascii: "F") ~= byte: byte - UInt8(ascii: "A") + 10
                default: nil
                }
            guard let digit else { throw expected("four hexadecimal digits") }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }
}
