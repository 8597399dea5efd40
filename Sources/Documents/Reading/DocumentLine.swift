internal import Jobs

/// What a line of JSON Lines holds: `{"id": …, "text": …}`, `{"id": …, "tokens": […]}`, or where there is neither text
/// nor tokens but a `"custom_id"`, an OpenAI batch line, and else `{"id": …, "token_ids": […]}`.
///
/// `text` and `id` may have other names. The id is a string or an integer, and may be missing or `null`. A `"sample"`
/// counts if it is an integer, as in rows of a `generate` job. Other members are ignored. A member that counts may
/// appear once only, since readers of JSON disagree about which one is meant (RFC 8259, section 4).
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

    /// A larger number is no sample of ours: with the most of `n` the next job's numbers still fit 64 bits.
    private static let largestSample = 1 << 40
    private static let sampleKey = "sample"

    private(set) var id: String?
    private(set) var sample: Int?
    /// One, or as many as an OpenAI batch line has.
    private(set) var contents: [Content] = []
    /// Of an OpenAI batch line.
    private(set) var request: BatchRequest?
    /// Whether it is an OpenAI batch line, also where its request could not be read.
    private(set) var isBatchLine = false
    private let tokenBound: Int
    private let textKey: String
    private let idKey: String
    /// Of the members that count.
    private let names: [String]

    /// - Parameters:
    ///   - file: says what the members are called.
    ///   - vocabularySize: token ids are below it; `nil`: any that is not negative.
    init(of file: InputFile, vocabularySize: Int?) {
        tokenBound = min(vocabularySize ?? .max, Int(Int32.max) + 1)
        textKey = file.textKey ?? "text"
        idKey = file.idKey ?? "id"
        names = [idKey, textKey, "tokens", Self.sampleKey]
    }

    /// Takes a text that is no JSON.
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

    /// Reads the line; after a failure the members that came before it are there.
    mutating func read(_ bytes: [UInt8]) throws(Failure) {
        try Self.validate(bytes)
        var scanner = JSONScanner(bytes)
        var offsets: [String: Int] = [:]
        do throws(Failure) {
            try readMembers(from: &scanner, &offsets)
        } catch {
            // One that breaks off is answered under the id that it has.
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

    /// - Parameter offsets: gets the places of values that count only if others are missing: documents have a "url"
    ///   too, and what a batch line is shows at its end.
    private mutating func readMembers(
        from scanner: inout JSONScanner, _ offsets: inout [String: Int]
    ) throws(Failure) {
        var seen: Set<String> = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let isLateMember = key == "token_ids" || BatchLine.memberNames.contains(key)
            let offset = scanner.offsetOfValue()
            // Names are bytes: two that are canonically equivalent are two.
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
    /// An array of token ids, each below a bound.
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
