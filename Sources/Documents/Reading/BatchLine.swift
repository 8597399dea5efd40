internal import Jobs

/// A parser for the members of an OpenAI batch line whose offsets a `DocumentLine` found.
///
/// An unsupported request is rejected, because ignoring it would change the answer. A `null` requests nothing.
struct BatchLine {
    typealias Failure = JSONScanner.Failure

    static let memberNames: Set<String> = ["custom_id", "method", "url", "body"]

    /// The members of a body that do not affect the answer.
    private static let withoutEffect: Set<String> = ["user", "metadata", "store"]

    /// The job options that a line may have under the same key.
    private static let options = Dictionary(
        uniqueKeysWithValues: GenerateOption.ofJobFiles.map { ($0.key, $0) })

    private(set) var request: BatchRequest
    private(set) var contents: [DocumentLine.Content] = []
    private let tokenBound: Int
    private var bestOf: Int?

    /// The largest number of texts in a line (https://platform.openai.com/docs/api-reference/embeddings/create).
    static let mostTexts = 2048

    /// - Parameters:
    ///   - scanner: a scanner of the whole line.
    ///   - offsets: the offsets of the members' values, by name.
    init(
        _ scanner: JSONScanner, offsets: [String: Int], tokenBound: Int
    ) throws(Failure) {
        let method = try Self.string("method", in: scanner, offsets)
        guard method.text == "POST" else {
            throw Self.unsupported(method.offset, "\"method\" is not POST")
        }
        let url = try Self.string("url", in: scanner, offsets)
        guard let endpoint = BatchRequest.Endpoint(rawValue: url.text) else {
            let known = BatchRequest.Endpoint.allCases.map(\.rawValue).joined(separator: " nor ")
            throw Self.unsupported(url.offset, "\"url\" is neither \(known)")
        }
        guard let body = offsets["body"] else { throw Self.invalid(0, "no \"body\"") }
        request = BatchRequest(endpoint: endpoint)
        self.tokenBound = tokenBound
        var scanner = scanner
        scanner.move(to: body)
        try readBody(&scanner)
    }

    /// The value of a line's string member.
    static func string(
        _ name: String, in scanner: JSONScanner, _ offsets: [String: Int]
    ) throws(Failure) -> (text: String, offset: Int) {
        guard let offset = offsets[name] else { throw invalid(0, "no \"\(name)\"") }
        var scanner = scanner
        scanner.move(to: offset)
        guard scanner.peek() == "\"" else { throw invalid(offset, "\"\(name)\" is not a string") }
        return (String(decoding: try scanner.string(), as: UTF8.self), offset)
    }

    private mutating func readBody(_ scanner: inout JSONScanner) throws(Failure) {
        let start = scanner.offsetOfValue()
        let source = request.endpoint == .embeddings ? "input" : "prompt"
        var seen: Set<ExactString> = []
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            let offset = scanner.offsetOfValue()
            guard seen.insert(ExactString(key)).inserted else {
                throw Self.invalid(offset, "\"\(key)\" appears twice")
            }
            if scanner.peek() == "n" {
                try scanner.passNull()
                seen.remove(ExactString(key))
            } else if key == source {
                contents = try Self.contents(of: key, &scanner, tokenBound)
            } else {
                try readOption(key, &scanner)
            }
        }
        guard !contents.isEmpty else {
            throw Failure(code: .missingText, offset: start, message: "\"body\" has no \"\(source)\"")
        }
        // The best n of n samples are all of them, so an equal `best_of` has no effect.
        if let bestOf, bestOf != request.options.samples {
            throw Self.unsupported(start, "\"best_of\" is \(bestOf), and \"n\" is \(request.options.samples)")
        }
    }

    private mutating func readOption(_ key: String, _ scanner: inout JSONScanner) throws(Failure) {
        let offset = scanner.offsetOfValue()
        switch (request.endpoint, key) {
        case (_, "model"):
            _ = try Self.text(key, &scanner)
        case (.embeddings, "dimensions"):
            request.dimensions = try Self.integer(key, OptionRange(1 ... .max), &scanner)
        case (.embeddings, "encoding_format"):
            guard let encoding = EmbedOptions.Encoding(rawValue: try Self.text(key, &scanner)) else {
                throw Self.invalid(offset, "\"encoding_format\" is neither float nor base64")
            }
            request.embeddingEncoding = encoding
        case (.completions, "top_k"):
            // Other servers use -1 for "no limit".
            request.options.topK = max(0, try Self.integer(key, OptionRange(-1 ... .max), &scanner))
            request.given.insert(key)
        case (.completions, "logprobs"):
            let count = try Self.integer(key, OptionRange(0 ... .max), &scanner)
            guard count <= GenerateOptions.topLogprobsLimit else {
                throw Self.unsupported(
                    offset, "\"logprobs\" is \(count): at most \(GenerateOptions.topLogprobsLimit) are offered")
            }
            request.logprobs = count
        case (.completions, "best_of"):
            bestOf = try Self.integer(key, OptionRange(1 ... .max), &scanner)
        case (.completions, "echo"):
            request.echo = try Self.boolean(key, &scanner)
        case (.completions, _) where Self.options[key] != nil:
            if let option = Self.options[key] { try read(option, &scanner) }
        case (_, let key) where Self.withoutEffect.contains(key):
            try scanner.passValue()
        default:
            guard try Self.isDefault(key, &scanner) else {
                throw Self.unsupported(offset, "\"\(key)\" is not supported for \(request.endpoint.rawValue)")
            }
        }
    }

    private mutating func read(_ option: GenerateOption, _ scanner: inout JSONScanner) throws(Failure) {
        let key = option.key
        switch option.value {
        case .integer(let place, let range): request.options[keyPath: place] = try Self.integer(key, range, &scanner)
        case .number(let place, let range): request.options[keyPath: place] = try Self.number(key, range, &scanner)
        case .flag(let place): request.options[keyPath: place] = try Self.boolean(key, &scanner)
        case .seed(let place):
            let bits = try Self.integer(key, OptionRange(.min ... .max), &scanner)
            request.options[keyPath: place] = UInt64(bitPattern: Int64(bits))
        case .texts(let place): request.options[keyPath: place] = try Self.strings(key, &scanner)
        }
        request.given.insert(key)
    }

    /// Whether an unsupported option has a value without effect.
    private static func isDefault(_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> Bool {
        switch (key, scanner.peek()) {
        case ("stream", "f"), ("ignore_eos", "f"), ("include_stop_str_in_output", "f"):
            try scanner.passValue()
            return true
        case ("presence_penalty", let first), ("frequency_penalty", let first), ("min_tokens", let first):
            guard first.isStartOfNumber else { return false }
            switch try scanner.number() {
            case .integer(0), .fraction(0): return true
            default: return false
            }
        case ("stop_token_ids", "["):
            try scanner.beginArray()
            return try !scanner.nextElement()
        case ("suffix", "\""):
            return try scanner.string().isEmpty
        case ("logit_bias", "{"):
            try scanner.beginObject()
            return try scanner.nextKey() == nil
        default:
            return false
        }
    }
}

// MARK: Values

extension BatchLine {
    /// The texts: a string, an array of token ids, or an array of either.
    private static func contents(
        of key: String, _ scanner: inout JSONScanner, _ tokenBound: Int
    ) throws(Failure) -> [DocumentLine.Content] {
        let offset = scanner.offsetOfValue()
        if scanner.peek() == "\"" { return [.text(try scanner.string())] }
        guard scanner.peek() == "[" else {
            throw invalid(offset, "\"\(key)\" is neither a string nor an array")
        }
        var inside = scanner
        try inside.beginArray()
        guard try inside.nextElement() else { throw invalid(offset, "\"\(key)\" is empty") }
        let first = inside.peek()
        guard first == "\"" || first == "[" else {
            return [.tokens(try scanner.tokens(named: key, below: tokenBound))]
        }
        var contents: [DocumentLine.Content] = []
        repeat {
            contents.append(try element(contents.count, of: key, beginningWith: first, &inside, tokenBound))
        } while try inside.nextElement()
        if contents.count > 1, let empty = contents.firstIndex(where: \.isEmpty) {
            throw Failure(code: .emptyDocument, offset: offset, message: "\"\(key)[\(empty)]\" is empty")
        }
        scanner = inside
        return contents
    }

    private static func element(
        _ index: Int, of key: String, beginningWith first: Unicode.Scalar?, _ scanner: inout JSONScanner,
        _ tokenBound: Int
    ) throws(Failure) -> DocumentLine.Content {
        let offset = scanner.offsetOfValue()
        guard scanner.peek() == first else {
            throw invalid(
                offset, "\"\(key)[\(index)]\" is \(first == "[" ? "no array" : "no string") as those before are")
        }
        guard index < mostTexts else {
            throw unsupported(offset, "\"\(key)\" has more than \(mostTexts) elements: give others lines of their own")
        }
        return first == "["
            ? .tokens(try scanner.tokens(named: "\(key)[\(index)]", below: tokenBound)) : .text(try scanner.string())
    }

    private static func text(_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> String {
        let offset = scanner.offsetOfValue()
        guard scanner.peek() == "\"" else { throw invalid(offset, "\"\(key)\" is not a string") }
        return String(decoding: try scanner.string(), as: UTF8.self)
    }

    /// The strings of a string or an array of strings.
    private static func strings(_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> [String] {
        let offset = scanner.offsetOfValue()
        if scanner.peek() == "\"" { return [try text(key, &scanner)] }
        guard scanner.peek() == "[" else { throw invalid(offset, "\"\(key)\" is neither a string nor an array") }
        var strings: [String] = []
        try scanner.beginArray()
        while try scanner.nextElement() { strings.append(try text("\(key)[\(strings.count)]", &scanner)) }
        return strings
    }

    private static func boolean(_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> Bool {
        let offset = scanner.offsetOfValue()
        let first = scanner.peek()
        guard first == "t" || first == "f" else { throw invalid(offset, "\"\(key)\" is neither true nor false") }
        try scanner.passValue()
        return first == "t"
    }

    private static func anyNumber(_ key: String, _ scanner: inout JSONScanner) throws(Failure) -> JSONScanner.Number {
        let offset = scanner.offsetOfValue()
        guard scanner.peek().isStartOfNumber else { throw invalid(offset, "\"\(key)\" is not a number") }
        return try scanner.number()
    }

    private static func integer(
        _ key: String, _ range: OptionRange<Int>, _ scanner: inout JSONScanner
    ) throws(Failure) -> Int {
        let offset = scanner.offsetOfValue()
        guard case .integer(let value) = try anyNumber(key, &scanner), range.contains(value) else {
            throw invalid(offset, "\"\(key)\" is not \(range)")
        }
        return value
    }

    private static func number(
        _ key: String, _ range: OptionRange<Double>, _ scanner: inout JSONScanner
    ) throws(Failure) -> Double {
        let offset = scanner.offsetOfValue()
        let value: Double? =
            switch try anyNumber(key, &scanner) {
            case .integer(let value): Double(value)
            case .fraction(let value): value
            case .hugeInteger: nil
            }
        guard let value, range.contains(value) else { throw invalid(offset, "\"\(key)\" is not \(range)") }
        return value
    }

    private static func invalid(_ offset: Int, _ message: String) -> Failure {
        Failure(code: .invalidField, offset: offset, message: message)
    }

    private static func unsupported(_ offset: Int, _ message: String) -> Failure {
        Failure(code: .unsupportedRequest, offset: offset, message: message)
    }
}
