internal import JSON

/// The checked contents of a `tokenizer.json`. Every value that would change the ids is either here or was refused.
///
/// Source: the file format of Hugging Face `tokenizers` (its `serde` definitions, versions 0.15 to 0.23). The fields
/// `truncation` and `padding` are ignored: this module neither truncates nor pads.
struct TokenizerFile {
    struct Merge {
        let left: [UInt8]
        let right: [UInt8]
    }

    /// The id of each entry, by the entry's spelling in the byte-level alphabet.
    private(set) var vocabulary: [[UInt8]: Int32] = [:]
    /// The merges in order of rank. The first has precedence.
    private(set) var merges: [Merge] = []
    /// Whether a pre-token that is an entry of the vocabulary becomes that entry without merges.
    private(set) var ignoresMerges = false
    private(set) var composesCanonically = false
    private(set) var preTokenization = PreTokenization()
    private(set) var addedTokens: [AddedToken] = []

    /// - Parameters:
    ///   - json: the file's bytes.
    ///   - name: the file's name in error messages.
    init(json: [UInt8], name: String) throws(TokenizerError) {
        let value: JSONValue
        do {
            value = try JSONParser.parse(json, .edited)
        } catch {
            throw TokenizerError(
                .malformed, file: name, field: "", "not JSON: expected \(error.expected) at byte \(error.offset)")
        }
        let root = TokenizerField(value: value, path: "", file: name)
        try readModel(root.member("model"))
        try readNormalizer(root.member("normalizer"))
        preTokenization = try PreTokenization(root.member("pre_tokenizer"))
        try Self.checkPostProcessor(root.member("post_processor"))
        try Self.checkDecoder(root.member("decoder"))
        try readAddedTokens(root.member("added_tokens"))
    }

    private mutating func readModel(_ model: TokenizerField) throws(TokenizerError) {
        let type = try model.member("type")
        if !type.isNull, try type.string() != Array("BPE".utf8) { throw type.unsupported("\"BPE\"") }
        let dropout = try model.member("dropout")
        if !dropout.isNull, Double(dropout.shown) != 0 { throw dropout.unsupported("null") }
        for affix in [try model.member("continuing_subword_prefix"), try model.member("end_of_word_suffix")]
        where !affix.isNull {
            guard try affix.string().isEmpty else { throw affix.unsupported("null") }
        }
        // unk_token, fuse_unk and byte_fallback concern characters outside the vocabulary. The merges require that
        // there are none, so these fields are ignored.
        ignoresMerges = try model.member("ignore_merges").bool(default: false)

        let vocabulary = try model.member("vocab")
        guard case .object(let members) = vocabulary.value else { throw vocabulary.mustBe("an object") }
        self.vocabulary.reserveCapacity(members.count)
        var isTaken = [Bool](repeating: false, count: members.count)
        for member in members {
            guard member.isText else {
                throw vocabulary.inconsistent("an entry has half of a surrogate pair, which is no text")
            }
            guard let id = TokenizerField.tokenID(member.value) else {
                throw vocabulary.entry(member).mustBe(TokenizerField.tokenIDs)
            }
            if Int(id) >= isTaken.count {
                isTaken.append(contentsOf: repeatElement(false, count: Int(id) + 1 - isTaken.count))
            }
            if isTaken[Int(id)], self.vocabulary[member.name] != id {
                throw vocabulary.entry(member).inconsistent("id \(id) is another entry's")
            }
            isTaken[Int(id)] = true
            self.vocabulary[member.name] = id
        }
        try readMerges(model.member("merges"))
    }

    private mutating func readMerges(_ field: TokenizerField) throws(TokenizerError) {
        guard case .array(let elements) = field.value else { throw field.mustBe("an array") }
        merges.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            if case .string(let line) = element, line.starts(with: "#version".utf8) { continue }
            guard let merge = Self.merge(element) else {
                throw TokenizerField(value: element, path: "model.merges[\(index)]", file: field.file)
                    .mustBe("\"LEFT RIGHT\" or [\"LEFT\", \"RIGHT\"]")
            }
            merges.append(merge)
        }
    }

    private static func merge(_ element: JSONValue) -> Merge? {
        switch element {
        case .string(let line):
            let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            return Merge(left: Array(parts[0]), right: Array(parts[1]))
        case .array(let pair):
            guard pair.count == 2, case .string(let left) = pair[0], case .string(let right) = pair[1] else {
                return nil
            }
            return Merge(left: left, right: right)
        default:
            return nil
        }
    }

    private mutating func readNormalizer(_ normalizer: TokenizerField) throws(TokenizerError) {
        if normalizer.isNull { return }
        let type = try normalizer.member("type")
        guard try type.string() == Array("NFC".utf8) else { throw type.unsupported("\"NFC\" or no normalizer") }
        composesCanonically = true
    }

    /// Accepts post-processors that add no token: ByteLevel, which only trims offsets; a template of the text alone;
    /// and sequences of these. Refuses a template that adds a beginning-of-text token.
    private static func checkPostProcessor(_ processor: TokenizerField) throws(TokenizerError) {
        if processor.isNull { return }
        let type = try processor.member("type")
        switch String(decoding: try type.string(), as: UTF8.self) {
        case "ByteLevel": return
        case "Sequence":
            for element in try processor.member("processors").elements() { try checkPostProcessor(element) }
        case "TemplateProcessing":
            let template = try processor.member("single")
            for piece in try template.elements() {
                let special = try piece.member("SpecialToken")
                guard special.isNull else {
                    throw try special.member("id").unsupported("templates that add no token")
                }
            }
            guard try template.elements().count == 1 else { throw template.mustBe("the one sequence A") }
        default:
            throw type.unsupported("\"ByteLevel\", or \"TemplateProcessing\" that adds no token")
        }
    }

    private static func checkDecoder(_ decoder: TokenizerField) throws(TokenizerError) {
        if decoder.isNull { throw decoder.mustBe("a ByteLevel decoder") }
        let type = try decoder.member("type")
        guard try type.string() == Array("ByteLevel".utf8) else { throw type.unsupported("\"ByteLevel\"") }
    }

    private mutating func readAddedTokens(_ field: TokenizerField) throws(TokenizerError) {
        if field.isNull { return }
        for element in try field.elements() {
            let content = try element.member("content").string()
            if content.isEmpty { continue }
            let special = try element.member("special").bool(default: false)
            addedTokens.append(
                AddedToken(
                    id: try element.member("id").tokenID(),
                    content: content,
                    isSpecial: special,
                    isSingleWord: try element.member("single_word").bool(default: false),
                    stripsLeft: try element.member("lstrip").bool(default: false),
                    stripsRight: try element.member("rstrip").bool(default: false),
                    isNormalized: try element.member("normalized").bool(default: !special)
                )
            )
        }
    }
}
