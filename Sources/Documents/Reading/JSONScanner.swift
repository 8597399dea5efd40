internal import Jobs

/// A strict, forward parser of JSON text (RFC 8259) in bytes that are known to be UTF-8.
///
/// `JSONDecoder` lacks what input lines need. An error has an offset. A number out of range is distinguished from a
/// syntax error. A token id costs a few nanoseconds and no memory besides the result. Unwanted members are skipped
/// without being decoded.
struct JSONScanner {
    /// An error and its byte offset.
    struct Failure: Error, Equatable {
        let code: InputProblem.Code
        let offset: Int
        let message: String
    }

    enum Number: Equatable {
        case integer(Int)
        /// An integer beyond 64 bits.
        case hugeInteger
        /// A number with a fraction or an exponent.
        case fraction(Double)
    }

    private static let depthLimit = 512

    private let bytes: [UInt8]
    private var position = 0
    /// Whether an array or object was just opened. No comma precedes its first element.
    private var isAtFirst = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Continues at the offset of an earlier value.
    mutating func move(to offset: Int) {
        position = offset
        isAtFirst = false
    }

    /// The offset of the next value, after white space.
    mutating func offsetOfValue() -> Int {
        skipWhiteSpace()
        return position
    }

    /// The first byte of the next value. A valid value begins with `{`, `[`, `"`, a digit, `-`, `t`, `f` or `n`.
    mutating func peek() -> Unicode.Scalar? {
        skipWhiteSpace()
        return position < bytes.count ? Unicode.Scalar(bytes[position]) : nil
    }

    mutating func beginObject() throws(Failure) {
        try expect("{", "an object")
        isAtFirst = true
    }

    mutating func beginArray() throws(Failure) {
        try expect("[", "an array")
        isAtFirst = true
    }

    /// The name of the object's next member; `nil` at the end of the object. The caller must read the member's value
    /// next.
    mutating func nextKey() throws(Failure) -> String? {
        guard try nextElement(before: "}") else { return nil }
        let key = String(decoding: try string(), as: UTF8.self)
        try expect(":", "':'")
        return key
    }

    /// Whether the array has another element. The caller must read that element next.
    mutating func nextElement() throws(Failure) -> Bool {
        try nextElement(before: "]")
    }

    /// A string in UTF-8. An escaped NUL and an unpaired surrogate are errors.
    mutating func string() throws(Failure) -> [UInt8] {
        let (range, hasEscapes) = try passString()
        guard hasEscapes else { return Array(bytes[range]) }
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var at = range.lowerBound
        while at < range.upperBound {
            let end = bytes[at..<range.upperBound].firstIndex(of: UInt8(ascii: "\\")) ?? range.upperBound
            text.append(contentsOf: bytes[at..<end])
            at = end
            if at < range.upperBound { try appendEscape(at: &at, to: &text) }
        }
        return text
    }

    mutating func number() throws(Failure) -> Number {
        skipWhiteSpace()
        let start = position
        let isNegative = take("-")
        let digits = position
        var value = 0
        var fits = true
        while let digit = digit() {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(digit)
            fits = fits && !overflow && !carry
            value = sum
        }
        guard position > digits else { throw failure("a value") }
        if position > digits + 1, bytes[digits] == UInt8(ascii: "0") {
            position = start
            throw failure("a number without leading zeros")
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            try passDigits()
        }
        if take("e") || take("E") {
            isInteger = false
            _ = take("+") || take("-")
            try passDigits()
        }
        guard isInteger else {
            // Double parses every number of JSON's grammar. A number beyond its range becomes infinite.
            return .fraction(Double(String(decoding: bytes[start..<position], as: UTF8.self))!)
        }
        return fits ? .integer(isNegative ? -value : value) : .hugeInteger
    }

    mutating func passNull() throws(Failure) {
        try passWord("null")
    }

    /// Skips a value of any type.
    mutating func passValue(depth: Int = 0) throws(Failure) {
        switch peek() {
        case "{":
            try checkDepth(depth)
            try beginObject()
            while try nextElement(before: "}") {
                _ = try passString()
                try expect(":", "':'")
                try passValue(depth: depth + 1)
            }
        case "[":
            try checkDepth(depth)
            try beginArray()
            while try nextElement() { try passValue(depth: depth + 1) }
        case "\"": _ = try passString()
        case "t": try passWord("true")
        case "f": try passWord("false")
        case "n": try passWord("null")
        default: _ = try number()
        }
    }

    /// Checks that only white space follows.
    mutating func end() throws(Failure) {
        skipWhiteSpace()
        if position < bytes.count { throw failure("the end of the line") }
    }
}

extension JSONScanner {
    private func failure(_ expected: String) -> Failure {
        let found =
            if position < bytes.count {
                String(decoding: bytes[position...].prefix(4), as: UTF8.self).prefix(1).debugDescription
            } else {
                "the end of the line"
            }
        return Failure(code: .invalidJSON, offset: position, message: "expected \(expected), found \(found)")
    }

    private mutating func nextElement(before close: Unicode.Scalar) throws(Failure) -> Bool {
        skipWhiteSpace()
        let isFirst = isAtFirst
        isAtFirst = false
        if take(close) { return false }
        if !isFirst { try expect(",", "',' or '\(close)'") }
        return true
    }

    private mutating func skipWhiteSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ name: @autoclosure () -> String) throws(Failure) {
        skipWhiteSpace()
        guard take(character) else { throw failure(name()) }
    }

    private mutating func digit() -> Int? {
        guard position < bytes.count else { return nil }
        let value = bytes[position] &- UInt8(ascii: "0")
        guard value < 10 else { return nil }
        position += 1
        return Int(value)
    }

    private mutating func passDigits() throws(Failure) {
        guard digit() != nil else { throw failure("a digit") }
        while digit() != nil {}
    }

    private mutating func passWord(_ word: String) throws(Failure) {
        skipWhiteSpace()
        guard bytes[position...].starts(with: word.utf8) else { throw failure("a value") }
        position += word.utf8.count
    }

    private func checkDepth(_ depth: Int) throws(Failure) {
        guard depth < Self.depthLimit else {
            throw Failure(code: .invalidJSON, offset: position, message: "nested deeper than \(Self.depthLimit) levels")
        }
    }

    /// Skips a string and checks its syntax.
    /// - Returns: the bytes between the quotes.
    private mutating func passString() throws(Failure) -> (range: Range<Int>, hasEscapes: Bool) {
        try expect("\"", "a string")
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return (start..<position - 1, hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position += 1
                try passEscape()
            case 0..<0x20:
                throw failure("a control character to be escaped")
            default:
                position += 1
            }
        }
        throw failure("'\"'")
    }

    private mutating func passEscape() throws(Failure) {
        guard position < bytes.count else { throw failure("an escape") }
        switch Unicode.Scalar(bytes[position]) {
        case "\"", "\\", "/", "b", "f", "n", "r", "t":
            position += 1
        case "u":
            position += 1
            for _ in 0..<4 {
                guard position < bytes.count, Self.hexValue(bytes[position]) != nil else {
                    throw failure("four hexadecimal digits")
                }
                position += 1
            }
        default:
            throw failure("an escape")
        }
    }

    /// Decodes the escape at `at`, whose syntax was checked, and moves past it.
    private func appendEscape(at: inout Int, to text: inout [UInt8]) throws(Failure) {
        let start = at
        let kind = Unicode.Scalar(bytes[at + 1])
        at += 2
        switch kind {
        case "b": text.append(0x08)
        case "f": text.append(0x0C)
        case "n": text.append(0x0A)
        case "r": text.append(0x0D)
        case "t": text.append(0x09)
        case "u":
            var value = codeUnit(at: at)
            at += 4
            if 0xD800...0xDBFF ~= value, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") {
                let low = codeUnit(at: at + 2)
                if 0xDC00...0xDFFF ~= low {
                    value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                    at += 6
                }
            }
            guard value != 0 else { throw Failure(code: .nulByte, offset: start, message: "a NUL character") }
            guard let scalar = Unicode.Scalar(value) else {
                throw Failure(code: .invalidUTF8, offset: start, message: "half of a surrogate pair")
            }
            text.append(contentsOf: UTF8.encode(scalar)!)
        default: text.append(UInt8(kind.value))
        }
    }

    private func codeUnit(at index: Int) -> UInt32 {
        bytes[index..<index + 4].reduce(0) { $0 << 4 | UInt32(Self.hexValue($1)!) }
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
