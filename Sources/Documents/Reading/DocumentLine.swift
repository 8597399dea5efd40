/// What a line of JSON Lines holds: `{"id": …, "text": …}` or `{"id": …, "tokens": […]}`.
///
/// The id is a string or an integer, and may be missing or `null`. Other members are ignored. A member that counts may
/// appear once only, since readers of JSON disagree about which one is meant (RFC 8259, section 4).
struct DocumentLine: Equatable {
    enum Content: Equatable {
        case text([UInt8])
        case tokens([Int32])
    }

    typealias Failure = JSONScanner.Failure

    private(set) var id: String?
    private(set) var content: Content?
    private let vocabularySize: Int?

    /// - Parameter vocabularySize: token ids are below it; `nil`: any that is not negative.
    init(vocabularySize: Int?) {
        self.vocabularySize = vocabularySize
    }

    /// Reads the line; after a failure the members that came before it are there.
    mutating func read(_ bytes: [UInt8]) throws(Failure) {
        switch UTF8Prefix(of: bytes.span) {
        case .valid(bytes.count): break
        case .valid(let at), .malformed(let at):
            throw Failure(code: .invalidUTF8, offset: at, message: "not valid UTF-8")
        case .nul(let at):
            throw Failure(code: .nulByte, offset: at, message: "a NUL byte")
        }
        var scanner = JSONScanner(bytes)
        var seen: Set<String> = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            switch key {
            case "id", "text", "tokens":
                guard seen.insert(key).inserted else {
                    throw invalidField(scanner.offsetOfValue(), "\"\(key)\" appears twice")
                }
                try readMember(key, from: &scanner)
            default:
                try scanner.passValue()
            }
        }
        try scanner.end()
        guard content != nil else {
            throw Failure(code: .missingText, offset: 0, message: "neither \"text\" nor \"tokens\"")
        }
    }

    private func invalidField(_ offset: Int, _ message: String) -> Failure {
        Failure(code: .invalidField, offset: offset, message: message)
    }

    private mutating func readMember(_ key: String, from scanner: inout JSONScanner) throws(Failure) {
        let offset = scanner.offsetOfValue()
        switch (key, scanner.peek()) {
        case (_, "n"):
            try scanner.passNull()
        case ("id", "\""):
            id = String(decoding: try scanner.string(), as: UTF8.self)
        case ("id", _):
            guard scanner.peek().isStartOfNumber, case .integer(let value) = try scanner.number() else {
                throw invalidField(offset, "\"id\" is neither a string nor an integer of 64 bits")
            }
            id = String(value)
        case ("text", "\""), ("tokens", "["):
            guard content == nil else { throw invalidField(offset, "both \"text\" and \"tokens\"") }
            content = try key == "text" ? .text(scanner.string()) : .tokens(tokens(from: &scanner))
        case ("text", _):
            throw invalidField(offset, "\"text\" is not a string")
        default:
            throw invalidField(offset, "\"tokens\" is not an array")
        }
    }

    private func tokens(from scanner: inout JSONScanner) throws(Failure) -> [Int32] {
        var tokens: [Int32] = []
        let bound = min(vocabularySize ?? .max, Int(Int32.max) + 1)
        try scanner.beginArray()
        while try scanner.nextElement() {
            let offset = scanner.offsetOfValue()
            guard scanner.peek().isStartOfNumber else {
                try scanner.passValue()
                throw invalidField(offset, "tokens[\(tokens.count)] is not an integer")
            }
            switch try scanner.number() {
            case .integer(let value) where value >= 0 && value < bound:
                tokens.append(Int32(value))
            case .integer(let value):
                throw outOfRange(offset, "tokens[\(tokens.count)] is \(value), outside 0..<\(bound)")
            case .hugeInteger:
                throw outOfRange(offset, "tokens[\(tokens.count)] is outside 0..<\(bound)")
            case .other:
                throw invalidField(offset, "tokens[\(tokens.count)] is not an integer")
            }
        }
        return tokens
    }

    private func outOfRange(_ offset: Int, _ message: String) -> Failure {
        Failure(code: .tokenOutOfRange, offset: offset, message: message)
    }
}

extension Unicode.Scalar? {
    fileprivate var isStartOfNumber: Bool {
        switch self {
        case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": true
        default: false
        }
    }
}
