internal import Jobs

/// A splitter that finds the ends of records in bytes that arrive in pieces.
struct RecordCut: Sendable {
    /// The division of a piece's first bytes.
    struct Found: Equatable {
        /// The bytes between records.
        var skipped = 0
        /// The bytes of a record.
        var taken = 0
        /// The bytes of the terminator after the record.
        var terminator = 0
        var isEnd = false
    }

    private enum Place: Sendable {
        case fieldStart, plainField, quotedField, quoteInQuotedField
        /// States of JSON: between values, or inside a value of some depth.
        case betweenValues, value(depth: Int), string(depth: Int), escape(depth: Int)
        /// The state of JSON inside text that is neither object nor separator.
        case stray
        case lineStart, line
    }

    private let format: InputFormat
    private var place: Place
    /// Whether an array holds the JSON values, and whether it was closed.
    private var isArray = false
    private var isClosed = false
    private var hasBegun = false

    init(_ format: InputFormat) {
        self.format = format
        place =
            switch format {
            case .text, .lines, .jsonl: .line
            case .csv: .fieldStart
            case .json: .betweenValues
            case .fasta: .lineStart
            }
    }

    var isOfLines: Bool {
        switch format {
        case .text, .lines, .jsonl: true
        case .csv, .json, .fasta: false
        }
    }

    var problemAtEnd: String? {
        isArray && !isClosed ? "the array is not closed: the file ends too early" : nil
    }

    /// - Parameter isInRecord: whether a record began in an earlier piece.
    mutating func next(in bytes: ArraySlice<UInt8>, isInRecord: Bool) -> Found {
        switch format {
        case .text, .lines, .jsonl: Self.line(in: bytes)
        case .csv: row(in: bytes)
        case .json: value(in: bytes)
        case .fasta: sequence(in: bytes, isInRecord: isInRecord)
        }
    }

    private static func line(in bytes: ArraySlice<UInt8>) -> Found {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return Found(taken: bytes.count) }
        return Found(taken: end - bytes.startIndex, terminator: 1, isEnd: true)
    }

    /// Splits CSV. A line feed ends a record unless it is in a quoted field (RFC 4180, section 2).
    private mutating func row(in bytes: ArraySlice<UInt8>) -> Found {
        for (count, byte) in bytes.enumerated() {
            switch (place, byte) {
            case (.quotedField, UInt8(ascii: "\"")): place = .quoteInQuotedField
            case (.quotedField, _): break
            case (_, UInt8(ascii: "\n")):
                place = .fieldStart
                return Found(taken: count, terminator: 1, isEnd: true)
            case (_, UInt8(ascii: ",")): place = .fieldStart
            case (.fieldStart, UInt8(ascii: "\"")), (.quoteInQuotedField, UInt8(ascii: "\"")): place = .quotedField
            default: place = .plainField
            }
        }
        return Found(taken: bytes.count)
    }

    /// Splits JSON into objects. Text that is neither object nor separator is a record too, and is rejected later.
    private mutating func value(in bytes: ArraySlice<UInt8>) -> Found {
        var skipped = 0
        for (count, byte) in bytes.enumerated() {
            switch (place, byte) {
            case (.betweenValues, UInt8(ascii: "{")):
                hasBegun = true
                place = .value(depth: 1)
            case (.betweenValues, _):
                guard isSeparator(byte) else {
                    place = .stray
                    break
                }
                skipped = count + 1
            case (.value(let depth), UInt8(ascii: "{")), (.value(let depth), UInt8(ascii: "[")):
                place = .value(depth: depth + 1)
            case (.value(let depth), UInt8(ascii: "}")), (.value(let depth), UInt8(ascii: "]")):
                place = depth == 1 ? .betweenValues : .value(depth: depth - 1)
                if depth == 1 { return Found(skipped: skipped, taken: count + 1 - skipped, isEnd: true) }
            case (.value(let depth), UInt8(ascii: "\"")): place = .string(depth: depth)
            case (.string(let depth), UInt8(ascii: "\"")): place = .value(depth: depth)
            case (.string(let depth), UInt8(ascii: "\\")): place = .escape(depth: depth)
            case (.escape(let depth), _): place = .string(depth: depth)
            case (.stray, UInt8(ascii: "\n")), (.stray, UInt8(ascii: ",")):
                place = .betweenValues
                return Found(skipped: skipped, taken: count - skipped, terminator: 1, isEnd: true)
            case (.value, _), (.string, _), (.stray, _): break
            // These states belong to other formats.
            case (.fieldStart, _), (.plainField, _), (.quotedField, _), (.quoteInQuotedField, _), (.lineStart, _),
                (.line, _):
                break
            }
        }
        return Found(skipped: skipped, taken: bytes.count - skipped)
    }

    private mutating func isSeparator(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x20, 0x09, 0x0A, 0x0D:
            return true
        case UInt8(ascii: "[") where !hasBegun:
            (hasBegun, isArray) = (true, true)
            return true
        case UInt8(ascii: ",") where isArray && !isClosed:
            return true
        case UInt8(ascii: "]") where isArray && !isClosed:
            isClosed = true
            return true
        default:
            hasBegun = true
            return false
        }
    }

    /// Splits FASTA. `>` at the start of a line begins a sequence.
    private mutating func sequence(in bytes: ArraySlice<UInt8>, isInRecord: Bool) -> Found {
        for (count, byte) in bytes.enumerated() {
            switch (place, byte) {
            case (.lineStart, UInt8(ascii: ">")) where count > 0 || isInRecord:
                return Found(taken: count, isEnd: true)
            case (_, UInt8(ascii: "\n")): place = .lineStart
            default: place = .line
            }
        }
        return Found(taken: bytes.count)
    }
}
