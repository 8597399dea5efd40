internal import Jobs

/// A line of JSON Lines: `{"id": …, "text": …}` or `{"id": …, "tokens": […]}`. A line without text and tokens is an
/// OpenAI batch line if it has a `"custom_id"`, else `{"id": …, "token_ids": […]}`.
///
/// `text` and `id` may have other names. The id is a string or an integer, and may be missing or `null`. A `"sample"`
/// is read if it is an integer, as in rows of a `generate` job. Other members are ignored. A member that is read may
/// appear only once, because parsers of JSON disagree about duplicates (RFC 8259, section 4).
struct DocumentLine: Equatable {
    enum Content: Equatable {
        case text([UInt8])
        case tokens([Int32])

        var isEmpty: Bool {
            switch self {
            case .text(let bytes): bytes.isEmpty
            case .tokens(let ids): ids.isEmpty
            }
        }
    }

    typealias Failure = JSONScanner.Failure

    /// The largest accepted sample number. Multiplied by the largest `n` it still fits 64 bits.
    private static let largestSample = 1 << 40
    private static let sampleKey = "sample"

    private(set) var id: String?
    private(set) var sample: Int?
    /// The document's contents: one, or several for an OpenAI batch line.
    private(set) var contents: [Content] = []
    /// The request of an OpenAI batch line.
    private(set) var request: BatchRequest?
    /// Whether this is an OpenAI batch line, even if its request is invalid.
    private(set) var isBatchLine = false
    private let tokenBound: Int
    private let textKey: String
    private let idKey: String
    /// The names of the members that are read.
    private let names: [String]

    /// - Parameters:
    ///   - file: the file, with the names of its members.
    ///   - vocabularySize: the exclusive limit of token ids; `nil` if any nonnegative id is valid.
    init(of file: InputFile, vocabularySize: Int?) {
        tokenBound = min(vocabularySize ?? .max, Int(Int32.max) + 1)
        textKey = file.textKey ?? "text"
        idKey = file.idKey ?? "id"
        names = [idKey, textKey, "tokens", Self.sampleKey]
    }

    /// Takes a text that is not JSON.
    mutating func take(id: String?, text: [UInt8]) {
        self.id = id
        contents = [.text(text)]
    }

    static func validate(_ bytes: [UInt8]) throws(Failure) {
        switch UTF8Prefix(of: bytes.span) {
        case .valid(bytes.count): break
        case .valid(let at), .malformed(let at):
            throw Failure(code: .invalidUTF8, offset: at, message: "not valid UTF-8")
        case .nul(let at):
            throw Failure(code: .nulByte, offset: at, message: "a NUL byte")
        }
    }

    /// Reads the line. After an error the earlier members are available.
    mutating func read(_ bytes: [UInt8]) throws(Failure) {
        try Self.validate(bytes)
        var scanner = JSONScanner(bytes)
        var offsets: [String: Int] = [:]
        do throws(Failure) {
            try readMembers(from: &scanner, &offsets)
        } catch {
            // The error row of a truncated batch line has the line's own id.
            if contents.isEmpty, let line = try? BatchLine.string("custom_id", in: scanner, offsets) {
                (isBatchLine, id, sample) = (true, line.text, nil)
            }
            throw error
        }
        if contents.isEmpty, offsets["custom_id"] != nil {
            try readBatch(scanner, offsets)
        } else if contents.isEmpty, let offset = offsets["token_ids"] {
            scanner.move(to: offset)
            if scanner.peek() == "[" { contents = [.tokens(try scanner.tokens(named: "token_ids", below: tokenBound))] }
        }
        guard !contents.isEmpty else {
            throw Failure(code: .missingText, offset: 0, message: "neither \"\(textKey)\" nor \"tokens\"")
        }
    }

    /// - Parameter offsets: receives the offsets of batch line members. Other documents may have a "url" too, so the
    ///   type of the line is known only at its end.
    private mutating func readMembers(
        from scanner: inout JSONScanner, _ offsets: inout [String: Int]
    ) throws(Failure) {
        var seen: Set<String> = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let isLateMember = key == "token_ids" || BatchLine.memberNames.contains(key)
            let offset = scanner.offsetOfValue()
            // Names are compared by bytes: canonically equivalent names are different.
            if let name = names.first(where: { $0.utf8.elementsEqual(key.utf8) }) {
                guard seen.insert(name).inserted else { throw invalidField(offset, "\"\(name)\" appears twice") }
                try readMember(name, from: &scanner)
            } else {
                try scanner.passValue()
            }
            if isLateMember { offsets[key] = offset }
        }
        try scanner.end()
    }

    private mutating func readBatch(_ scanner: JSONScanner, _ offsets: [String: Int]) throws(Failure) {
        isBatchLine = true
        sample = nil
        id = try BatchLine.string("custom_id", in: scanner, offsets).text
        let line = try BatchLine(scanner, offsets: offsets, tokenBound: tokenBound)
        request = line.request
        contents = line.contents
    }

    private func invalidField(_ offset: Int, _ message: String) -> Failure {
        Failure(code: .invalidField, offset: offset, message: message)
    }

    private mutating func readMember(_ key: String, from scanner: inout JSONScanner) throws(Failure) {
        let offset = scanner.offsetOfValue()
        let first = scanner.peek()
        if first == "n" { return try scanner.passNull() }
        if key == idKey {
            id = try readID(from: &scanner)
            return
        }
        if key == Self.sampleKey, textKey != Self.sampleKey {
            guard first.isStartOfNumber else { return try scanner.passValue() }
            if case .integer(let value) = try scanner.number(), (0...Self.largestSample).contains(value) {
                sample = value
            }
            return
        }
        let isText = key == textKey
        guard first == (isText ? "\"" : "[") else {
            throw invalidField(offset, "\"\(key)\" is not \(isText ? "a string" : "an array")")
        }
        guard contents.isEmpty else { throw invalidField(offset, "both \"\(textKey)\" and \"tokens\"") }
        contents = [
            try isText ? .text(scanner.string()) : .tokens(scanner.tokens(named: key, below: tokenBound))
        ]
    }

    private func readID(from scanner: inout JSONScanner) throws(Failure) -> String {
        let offset = scanner.offsetOfValue()
        if scanner.peek() == "\"" { return String(decoding: try scanner.string(), as: UTF8.self) }
        guard scanner.peek().isStartOfNumber, case .integer(let value) = try scanner.number() else {
            throw invalidField(offset, "\"\(idKey)\" is neither a string nor an integer of 64 bits")
        }
        return String(value)
    }
}

extension JSONScanner {
    /// An array of token ids below a bound.
    mutating func tokens(named name: String, below bound: Int) throws(Failure) -> [Int32] {
        var tokens: [Int32] = []
        try beginArray()
        while try nextElement() {
            let offset = offsetOfValue()
            guard peek().isStartOfNumber else {
                try passValue()
                throw Failure(
                    code: .invalidField, offset: offset, message: "\(name)[\(tokens.count)] is not an integer")
            }
            let value = try number()
            if case .integer(let id) = value, id >= 0, id < bound {
                tokens.append(Int32(id))
                continue
            }
            let place = "\(name)[\(tokens.count)] is"
            switch value {
            case .integer(let id):
                throw Failure(
                    code: .tokenOutOfRange, offset: offset, message: "\(place) \(id), outside 0..<\(bound)")
            case .hugeInteger:
                throw Failure(code: .tokenOutOfRange, offset: offset, message: "\(place) outside 0..<\(bound)")
            case .fraction:
                throw Failure(code: .invalidField, offset: offset, message: "\(place) not an integer")
            }
        }
        return tokens
    }
}

extension Unicode.Scalar? {
    var isStartOfNumber: Bool {
        switch self {
        case "-", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9": true
        default: false
        }
    }
}
