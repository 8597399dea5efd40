/// The pre-tokenization that a file describes.
///
/// It is ByteLevel, alone or in a sequence as in Falcon's tokenizers: Punctuation before it, and after it Digits with a
/// Split into groups of three.
struct PreTokenization {
    private(set) var addsPrefixSpace = false
    /// Whether the GPT-2 pattern splits the text before the merges.
    private(set) var splitsByPattern = true
    /// Whether runs of punctuation are cut off first, so that the pattern is applied to each run and to each text
    /// between runs.
    private(set) var separatesPunctuation = false
    /// Whether pre-tokens are cut at numbers, as by `NumberGroups`.
    private(set) var separatesNumbers = false

    init() {}

    /// - Throws: `TokenizerError` that names an unsupported pre-tokenizer.
    init(_ field: TokenizerField) throws(TokenizerError) {
        if field.isNull { throw field.mustBe("a ByteLevel pre-tokenizer") }
        let type = try field.member("type")
        switch String(decoding: try type.string(), as: UTF8.self) {
        case "ByteLevel": try readByteLevel(field)
        case "Sequence": try readSequence(field.member("pretokenizers"))
        default: throw type.unsupported("\"ByteLevel\", or a \"Sequence\" with it")
        }
    }

    private mutating func readByteLevel(_ field: TokenizerField) throws(TokenizerError) {
        addsPrefixSpace = try field.member("add_prefix_space").bool(default: true)
        splitsByPattern = try field.member("use_regex").bool(default: true)
    }

    private mutating func readSequence(_ sequence: TokenizerField) throws(TokenizerError) {
        var rest = try sequence.elements()[...]
        if let first = rest.first, try Self.is(first, "Punctuation") {
            try Self.require(first.member("behavior"), "Contiguous")
            separatesPunctuation = true
            rest.removeFirst()
        }
        guard let byteLevel = rest.popFirst() else { throw sequence.mustBe("a list with a ByteLevel pre-tokenizer") }
        try Self.require(byteLevel.member("type"), "ByteLevel")
        try readByteLevel(byteLevel)
        if let digits = rest.popFirst() {
            try Self.require(digits.member("type"), "Digits")
            let individual = try digits.member("individual_digits")
            if try individual.bool(default: false) { throw individual.unsupported("false") }
            guard let split = rest.popFirst() else {
                throw sequence.mustBe("a list in which a Split follows the Digits")
            }
            try Self.requireGroupsOfThree(split)
            separatesNumbers = true
        }
        if let more = rest.first { throw try more.member("type").unsupported("what comes before it") }
        // These options would apply to every piece between runs of punctuation.
        if separatesPunctuation || separatesNumbers {
            let pattern = try byteLevel.member("use_regex")
            guard splitsByPattern else { throw pattern.unsupported("true in a sequence") }
            let prefix = try byteLevel.member("add_prefix_space")
            guard !addsPrefixSpace else { throw prefix.unsupported("false in a sequence") }
        }
    }

    private static func requireGroupsOfThree(_ split: TokenizerField) throws(TokenizerError) {
        try require(split.member("type"), "Split")
        try require(split.member("pattern").member("Regex"), "[0-9][0-9][0-9]")
        try require(split.member("behavior"), "Isolated")
        let invert = try split.member("invert")
        if try invert.bool(default: false) { throw invert.unsupported("false") }
    }

    private static func `is`(_ field: TokenizerField, _ type: StaticString) throws(TokenizerError) -> Bool {
        try field.member("type").string() == Array("\(type)".utf8)
    }

    private static func require(_ field: TokenizerField, _ value: StaticString) throws(TokenizerError) {
        guard !field.isNull, try field.string() == Array("\(value)".utf8) else {
            throw field.unsupported("\"\(value)\"")
        }
    }
}
