internal import Bytes

/// Where a text stops being JSON.
package struct JSONSyntaxError: Error, CustomStringConvertible {
    package let offset: Int
    package let expected: String

    package var description: String { "expected \(expected) at byte \(offset)" }
}

/// What is read beside RFC 8259.
package struct JSONGrammar: Sendable {
    /// Levels of arrays and objects: deep enough for any file of a model, shallow enough for the call stack.
    let deepestNesting: Int
    /// The words `NaN`, `Infinity` and `-Infinity`.
    let isPython: Bool
    /// Whether a byte order mark, which some editors write, may come first (RFC 8259, section 8.1).
    let takesByteOrderMark: Bool

    /// What Rust's `serde_json` reads, with which Hugging Face reads headers of safetensors, ...
    package static let strict = JSONGrammar(deepestNesting: 128, isPython: false, takesByteOrderMark: false)
    /// ... and tokenizers, which people edit.
    package static let edited = JSONGrammar(deepestNesting: 128, isPython: false, takesByteOrderMark: true)
    /// What Python's `json` module writes and reads.
    package static let python = JSONGrammar(deepestNesting: 512, isPython: true, takesByteOrderMark: true)
}

/// Reads one JSON document from bytes.
package struct JSONParser {
    private let bytes: [UInt8]
    private let grammar: JSONGrammar
    private var position = 0
    private var depth = 0

    /// - Throws: `JSONSyntaxError` at the first byte that does not belong.
    package static func parse(
        _ bytes: [UInt8], _ grammar: JSONGrammar = .strict
    ) throws(JSONSyntaxError) -> JSONValue {
        guard (try? UTF8Span(validating: bytes.span)) != nil else {
            throw JSONSyntaxError(offset: 0, expected: "valid UTF-8")
        }
        var parser = JSONParser(bytes: bytes, grammar)
        if grammar.takesByteOrderMark, bytes.starts(with: UTF8.byteOrderMark) {
            parser.position = UTF8.byteOrderMark.count
        }
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.expected("the end of the file") }
        return value
    }

    private init(bytes: [UInt8], _ grammar: JSONGrammar) {
        self.bytes = bytes
        self.grammar = grammar
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
        case UInt8(ascii: "\""):
            let string = try string()
            return string.isBroken ? .brokenString : .string(string.bytes)
        case UInt8(ascii: "t"): return try take(word: "true", .bool(true))
        case UInt8(ascii: "f"): return try take(word: "false", .bool(false))
        case UInt8(ascii: "n"): return try take(word: "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "N") where grammar.isPython: return try take(word: "NaN", .number(Array("NaN".utf8)))
        case UInt8(ascii: "I") where grammar.isPython: return try infinity(from: position)
        default: throw expected("a value")
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONSyntaxError) -> JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        guard depth < grammar.deepestNesting else { throw expected("fewer than \(grammar.deepestNesting) levels") }
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
            let name = try string().bytes
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

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if grammar.isPython, next == UInt8(ascii: "I") { return try infinity(from: start) }
        if !take(UInt8(ascii: "0")) { try takeDigits() }
        if take(UInt8(ascii: ".")) { try takeDigits() }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            try takeDigits()
        }
        return .number(Array(bytes[start..<position]))
    }

    private mutating func takeDigits() throws(JSONSyntaxError) {
        let start = position
        while let byte = next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { position += 1 }
        guard position > start else { throw expected("a digit") }
    }

    /// - Parameter start: of its sign.
    private mutating func infinity(from start: Int) throws(JSONSyntaxError) -> JSONValue {
        _ = try take(word: "Infinity", .null)
        return .number(Array(bytes[start..<position]))
    }

    /// - Returns: also whether it has half of a surrogate pair.
    private mutating func string() throws(JSONSyntaxError) -> (bytes: [UInt8], isBroken: Bool) {
        guard take(UInt8(ascii: "\"")) else { throw expected("a string") }
        var content: [UInt8] = []
        var isBroken = false
        var plainStart = position
        while let byte = next {
            switch byte {
            case UInt8(ascii: "\""):
                content.append(contentsOf: bytes[plainStart..<position])
                position += 1
                return (content, isBroken)
            case UInt8(ascii: "\\"):
                content.append(contentsOf: bytes[plainStart..<position])
                position += 1
                if try !appendEscape(to: &content) { isBroken = true }
                plainStart = position
            case 0..<0x20: throw expected("no control character inside a string")
            default: position += 1
            }
        }
        throw expected("'\"'")
    }

    /// - Returns: whether it is a character.
    private mutating func appendEscape(to content: inout [UInt8]) throws(JSONSyntaxError) -> Bool {
        guard let byte = next else { throw expected("an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try escapedUnit()
            guard let scalar = unit.scalar else {
                // As UTF-8 would have it, were it a character.
                content += [0xED, UInt8(0x80 | unit.first >> 6 & 0x3F), UInt8(0x80 | unit.first & 0x3F)]
                return false
            }
            content += Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        default:
            position -= 1
            throw expected("an escape")
        }
        return true
    }

    /// What `\uXXXX` or a surrogate pair of them stands for, after the first `\u`; no scalar for half of a pair.
    private mutating func escapedUnit() throws(JSONSyntaxError) -> (first: UInt16, scalar: Unicode.Scalar?) {
        let first = try hexadecimalUnit()
        if let scalar = Unicode.Scalar(first) { return (first, scalar) }
        let start = position
        guard UTF16.isLeadSurrogate(first), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            position = start
            return (first, nil)
        }
        let second = try hexadecimalUnit()
        guard UTF16.isTrailSurrogate(second) else {
            position = start
            return (first, nil)
        }
        return (first, UTF16.decode(UTF16.EncodedScalar([first, second])))
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
