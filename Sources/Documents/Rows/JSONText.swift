internal import Bytes
internal import FoundationEssentials

/// A writer of JSON text (RFC 8259). Members appear in the order of writing.
///
/// Commas are written automatically. Strings are UTF-8, escaped only where the RFC demands it. A number is the shortest
/// text that reads back to the same float32 or float64; a number that is not finite becomes `null`. The order of
/// members and the text of numbers are part of longscan's contract. `JSONEncoder` guarantees neither.
///
/// The caller is responsible for matching brackets and alternating members and values.
public struct JSONText: Sendable {
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    public init() {}

    /// The bytes written since the last call. Long arrays are written in pieces.
    public mutating func takeBytes() -> [UInt8] {
        let taken = bytes
        bytes = []
        // The next piece is probably about as long.
        bytes.reserveCapacity(taken.count)
        return taken
    }

    public mutating func beginObject() {
        open(UInt8(ascii: "{"))
    }

    public mutating func endObject() {
        close(UInt8(ascii: "}"))
    }

    public mutating func beginArray() {
        open(UInt8(ascii: "["))
    }

    public mutating func endArray() {
        close(UInt8(ascii: "]"))
    }

    /// Ends a row with a line feed.
    public mutating func endLine() {
        bytes.append(UInt8(ascii: "\n"))
        needsComma = false
    }

    /// Writes the name of the next member.
    public mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    public mutating func null() {
        literal("null")
    }

    public mutating func boolean(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    /// Writes an integer of up to 64 bits.
    public mutating func integer(_ value: some FixedWidthInteger) {
        separate()
        needsComma = true
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = digits.count
        var rest = UInt64(value.magnitude)
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        bytes.append(addingCapacity: digits.count + 1 - first) { output in
            if value < 0 { output.append(UInt8(ascii: "-")) }
            for place in first..<digits.count { output.append(digits[place]) }
        }
    }

    public mutating func number(_ value: Float) {
        // Swift's description of a finite number is the shortest that reads back, and is JSON: 0.1, -1e-45,
        // 3.4028235e+38.
        literal(value.isFinite ? value.description : "null")
    }

    public mutating func number(_ value: Double) {
        literal(value.isFinite ? value.description : "null")
    }

    public mutating func string(_ value: String) {
        beginString()
        continueString(value)
        endString()
    }

    /// Begins a string that is written in pieces.
    public mutating func beginString() {
        separate()
        bytes.append(UInt8(ascii: "\""))
    }

    /// Writes the next piece of a string.
    public mutating func continueString(_ piece: String) {
        var piece = piece
        piece.makeContiguousUTF8()
        appendEscaped(piece.utf8.span)
    }

    public mutating func endString() {
        bytes.append(UInt8(ascii: "\""))
        needsComma = true
    }

    /// Writes float32 values as a little-endian string in base64 (RFC 4648), as OpenAI clients read embeddings.
    public mutating func base64(_ values: [Float]) {
        string(Data(LittleEndian.bytes(of: values)).base64EncodedString())
    }

    /// Writes elements of the current array.
    public mutating func numbers(_ values: some Sequence<Float>) {
        for value in values { number(value) }
    }

    /// Writes elements of the current array.
    public mutating func integers(_ values: some Sequence<Int32>) {
        for value in values { integer(value) }
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func literal(_ text: String) {
        separate()
        appendAll(text.utf8.span)
        needsComma = true
    }

    private mutating func appendEscaped(_ text: borrowing Span<UInt8>) {
        var plainStart = 0
        for index in text.indices {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            appendAll(text.extracting(plainStart..<index))
            appendEscape(of: byte)
            plainStart = index + 1
        }
        appendAll(text.extracting(plainStart..<text.count))
    }

    private mutating func appendAll(_ text: borrowing Span<UInt8>) {
        bytes.append(addingCapacity: text.count) { output in
            for index in text.indices { output.append(text[index]) }
        }
    }

    /// Writes an escape, in the short form if there is one (RFC 8259, section 7).
    private mutating func appendEscape(of byte: UInt8) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        default:
            bytes.append(contentsOf: "u00".utf8)
            bytes.append(Self.hexDigit(byte >> 4))
            bytes.append(Self.hexDigit(byte & 0xF))
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
