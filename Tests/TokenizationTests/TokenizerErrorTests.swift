import Foundation
import Testing
import Tokenization

/// A file that would give other ids is refused, and the message says which field is at fault.
@Suite struct TokenizerErrorTests {
    @Test func aMissingFileIsNamed() {
        #expect(
            message { try Tokenizer(contentsOf: "no/such/tokenizer.json") }
                == "tokenizer no/such/tokenizer.json: cannot be read")
    }

    @Test(arguments: [
        ("", "not JSON: expected a value at byte 0"),
        ("{\"model\"", "not JSON: expected ':' at byte 8"),
        ("{\"model\": {}", "not JSON: expected ',' or '}' at byte 12"),
        ("[1 2]", "not JSON: expected ',' or ']' at byte 3"),
        ("{} {}", "not JSON: expected the end of the file at byte 3"),
        ("\"\\x\"", "not JSON: expected an escape at byte 2"),
        ("\"\\u12g4\"", "not JSON: expected four hexadecimal digits at byte 5"),
        ("\"a", "not JSON: expected '\"' at byte 2"),
        ("\"\n\"", "not JSON: expected no control character inside a string at byte 1"),
        ("nul", "not JSON: expected \"null\" at byte 3"),
        (String(repeating: "[", count: 200), "not JSON: expected fewer than 128 levels at byte 128"),
        ("[]", "must be an object, is an array"),
        ("{}", "model: must be an object, is null"),
        ("\u{FEFF}{}", "model: must be an object, is null"),
    ])
    func brokenJSONIsPlaced(json: String, expected: String) {
        #expect(message { try Tokenizer(json: Array(json.utf8), name: "t.json") } == "tokenizer t.json: \(expected)")
    }

    @Test func invalidUTF8IsRefused() {
        let error = message { try Tokenizer(json: [0x22, 0xFF, 0x22], name: "t.json") }
        #expect(error == "tokenizer t.json: not JSON: expected valid UTF-8 at byte 0")
    }

    @Test func whatIsNotImplementedIsNamed() throws {
        try refuses("model", "type", "Unigram", "model.type: \"Unigram\" is not supported, only \"BPE\"")
        try refuses("model", "dropout", 0.1, "model.dropout: 0.1 is not supported, only null")
        try refuses(
            "model", "continuing_subword_prefix", "##",
            "model.continuing_subword_prefix: \"##\" is not supported, only null")
        try refuses(
            "model", "end_of_word_suffix", "</w>", "model.end_of_word_suffix: \"</w>\" is not supported, only null")
        try refuses(
            "normalizer", "type", "NFKC", "normalizer.type: \"NFKC\" is not supported, only \"NFC\" or no normalizer")
        try refuses(
            "pre_tokenizer", "type", "Metaspace",
            "pre_tokenizer.type: \"Metaspace\" is not supported, only \"ByteLevel\", or a \"Sequence\" with it")
        try refuses("decoder", "type", "WordPiece", "decoder.type: \"WordPiece\" is not supported, only \"ByteLevel\"")
        try refuses(
            "post_processor", "type", "BertProcessing",
            "post_processor.type: \"BertProcessing\" is not supported, only \"ByteLevel\", or \"TemplateProcessing\" that adds no token"
        )
    }

    private static let byteLevel = #"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true}"#
    private static let digits = #"{"type": "Digits", "individual_digits": false}"#
    private static let groups =
        #"{"type": "Split", "pattern": {"Regex": "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": false}"#

    @Test(arguments: [
        ("", "pretokenizers: must be a list with a ByteLevel pre-tokenizer, is an array"),
        (
            #"{"type": "Punctuation"}, \#(byteLevel)"#,
            "pretokenizers[0].behavior: null is not supported, only \"Contiguous\""
        ),
        (
            #"{"type": "Punctuation", "behavior": "Isolated"}, \#(byteLevel)"#,
            "pretokenizers[0].behavior: \"Isolated\" is not supported, only \"Contiguous\""
        ),
        (#"{"type": "Whitespace"}"#, "pretokenizers[0].type: \"Whitespace\" is not supported, only \"ByteLevel\""),
        ("\(byteLevel), \(digits)", "pretokenizers: must be a list in which a Split follows the Digits, is an array"),
        (
            "\(byteLevel), \(digits.replacing("false", with: "true")), \(groups)",
            "pretokenizers[1].individual_digits: true is not supported, only false"
        ),
        ("\(byteLevel), \(groups)", "pretokenizers[1].type: \"Split\" is not supported, only \"Digits\""),
        (
            "\(byteLevel), \(digits), \(groups.replacing("[0-9][0-9][0-9]", with: "[0-9]{1,3}"))",
            "pretokenizers[2].pattern.Regex: \"[0-9]{1,3}\" is not supported, only \"[0-9][0-9][0-9]\""
        ),
        (
            "\(byteLevel), \(digits), \(groups.replacing("Isolated", with: "Removed"))",
            "pretokenizers[2].behavior: \"Removed\" is not supported, only \"Isolated\""
        ),
        (
            "\(byteLevel), \(digits), \(groups.replacing("false", with: "true"))",
            "pretokenizers[2].invert: true is not supported, only false"
        ),
        (
            "\(byteLevel), \(digits), \(groups), \(byteLevel)",
            "pretokenizers[3].type: \"ByteLevel\" is not supported, only what comes before it"
        ),
        (
            "\(byteLevel.replacing("true", with: "false")), \(digits), \(groups)",
            "pretokenizers[0].use_regex: false is not supported, only true in a sequence"
        ),
        (
            "\(byteLevel.replacing("false", with: "true")), \(digits), \(groups)",
            "pretokenizers[0].add_prefix_space: true is not supported, only false in a sequence"
        ),
    ])
    func aSequenceIsOneThatIsKnown(list: String, expected: String) throws {
        var file = try DemoFile()
        file["pre_tokenizer"] = ["type": "Sequence", "pretokenizers": try DemoFile.json("[\(list)]")] as [String: Any]
        #expect(message { try file.tokenizer() } == "tokenizer demo: pre_tokenizer.\(expected)")
    }

    @Test func aTemplateMayNotAddTokens() throws {
        var file = try DemoFile()
        let text: [String: Any] = ["Sequence": ["id": "A", "type_id": 0]]
        let begin: [String: Any] = ["SpecialToken": ["id": "<|endoftext|>", "type_id": 0]]
        file["post_processor"] = ["type": "TemplateProcessing", "single": [text]]
        #expect(try file.tokenizer().encode("fine") == TestFiles.demoTokenizer().encode("fine"))
        file["post_processor"] = ["type": "TemplateProcessing", "single": [begin, text]]
        #expect(
            message { try file.tokenizer() }
                == "tokenizer demo: post_processor.single[0].SpecialToken.id: \"<|endoftext|>\" is not supported, only templates that add no token"
        )
        file["post_processor"] = [
            "type": "Sequence", "processors": [["type": "TemplateProcessing", "single": [text, text]]],
        ]
        #expect(
            message { try file.tokenizer() }
                == "tokenizer demo: post_processor.processors[0].single: must be the one sequence A, is an array")
    }

    @Test func wrongTypesAreNamed() throws {
        try refuses("model", "ignore_merges", "yes", "model.ignore_merges: must be true or false, is \"yes\"")
        try refuses("model", "vocab", [1], "model.vocab: must be an object, is an array")
        try refuses(
            "model", "vocab", ["a": -1], "model.vocab[\"a\"]: must be a token id from 0 to 16777215, is -1")
        try refuses(
            "model", "vocab", ["a": 16_777_216],
            "model.vocab[\"a\"]: must be a token id from 0 to 16777215, is 16777216")
        try refuses("model", "merges", "a b", "model.merges: must be an array, is \"a b\"")
        try refuses(
            "model", "merges", ["a b c"],
            "model.merges[0]: must be \"LEFT RIGHT\" or [\"LEFT\", \"RIGHT\"], is \"a b c\"")
    }

    @Test func contradictionsAreNamed() throws {
        try refuses("model", "merges", ["t h", "xx y"], "model.merges[1]: \"xx\" is not in model.vocab")
        try refuses("model", "merges", ["t q"], "model.merges[0]: \"tq\" is not in model.vocab")
        var file = try DemoFile()
        var vocabulary = try #require(file["model", "vocab"] as? [String: Int])
        vocabulary["Ġ"] = nil
        try refuses("model", "vocab", vocabulary, "model.vocab: lacks \"Ġ\", the token of byte 32")
        var added = try #require(file["added_tokens"] as? [[String: Any]])
        added[0]["id"] = 7
        file["added_tokens"] = added
        #expect(
            message { try file.tokenizer() }
                == "tokenizer demo: added_tokens[0].id: \"<|endoftext|>\" has id 7, but 0 follows from model.vocab and the tokens before"
        )
        added[0]["id"] = 0
        file["added_tokens"] = added + [added[1]]
        #expect(message { try file.tokenizer() } == "tokenizer demo: added_tokens[2]: \"<|padding|>\" occurs twice")
    }

    @Test func twoEntriesMayNotShareAnID() {
        let json = "{\"model\": {\"vocab\": {\"a\": 0, \"b\": 0}}}"
        let error = message { try Tokenizer(json: Array(json.utf8), name: "t.json") }
        #expect(error == "tokenizer t.json: model.vocab[\"b\"]: id 0 is another entry's")
    }

    @Test func entriesThatAreOnlyCanonicallyEquivalentStayApart() throws {
        var file = String(decoding: try Data(contentsOf: TestFiles.demoTokenizerFile), as: UTF8.self)
        let vocabulary = try #require(file.range(of: "\"vocab\":"))
        let brace = try #require(file[vocabulary.upperBound...].firstIndex(of: "{"))
        file.insert(
            contentsOf: "\"e\u{301}\": 4096, \"\\u1e0b\\u0323\": 4097, \"\u{1E0D}\u{307}\": 4098, ",
            at: file.index(after: brace))
        let tokenizer = try Tokenizer(json: Array(file.utf8), name: "t.json")
        #expect(tokenizer.vocabularySize == 4099)
        #expect(tokenizer.bytes(of: 4096) == Array("e\u{301}".utf8))
        #expect(tokenizer.bytes(of: 4097) == Array("\u{1E0B}\u{323}".utf8))
        #expect(tokenizer.bytes(of: 4098) == Array("\u{1E0D}\u{307}".utf8))
    }

    @Test func spaceThatTwoTokensClaimIsRefused() throws {
        var file = try DemoFile()
        let added = try #require(file["added_tokens"] as? [[String: Any]])
        let strips: [String: Any] = ["id": 4096, "content": "<r>", "rstrip": true, "normalized": false]
        let spaces: [String: Any] = ["id": 4097, "content": "  ", "normalized": false]
        file["added_tokens"] = added + [strips, spaces]
        #expect(
            message { try file.tokenizer() }
                == "tokenizer demo: added_tokens: \"  \" begins with white space, which is not supported beside a token with rstrip"
        )
    }

    private func refuses(
        _ object: String, _ name: String, _ value: Any, _ expected: String, location: SourceLocation = #_sourceLocation
    ) throws {
        var file = try DemoFile()
        file[object, name] = value
        #expect(message { try file.tokenizer() } == "tokenizer demo: \(expected)", sourceLocation: location)
    }

    /// What the error says; nil when there is none.
    private func message(_ body: () throws -> Tokenizer) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return "\(error)"
        }
    }
}
