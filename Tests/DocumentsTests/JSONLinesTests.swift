import Documents
import FoundationEssentials
import Jobs
import TestSupport
import Testing

@Suite struct JSONLinesTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(
        _ text: String, vocabularySize: Int? = nil, limits: DocumentReader.Limits = .init()
    ) throws -> [ReadDocument] {
        try directory.write(text, to: "in.jsonl")
        return try directory.documents("in.jsonl", vocabularySize: vocabularySize, limits: limits)
    }

    private func problem(_ line: String, vocabularySize: Int? = nil) throws -> InputProblem? {
        let documents = try read(line + "\n{\"text\":\"next\"}\n", vocabularySize: vocabularySize)
        #expect(documents.map(\.text).last == "next", "reading goes on at the next line")
        #expect(documents.count == 2)
        return documents[0].problem
    }

    @Test(arguments: [
        (#"{"id":"x","text":"a"}"#, "x"), (#"{"text":"a","id":12}"#, "12"), (#"{"id":-3,"text":"a"}"#, "-3"),
        (#"{"id":null,"text":"a"}"#, "in.jsonl:1"), (#"{"text":"a"}"#, "in.jsonl:1"), (#"{"id":"","text":"a"}"#, ""),
        (#" { "id" : "é\u00e9" , "text" : "a" } "#, "éé"), (#"{"x":[{"id":1}],"\u0069d":"x","text":"a"}"#, "x"),
    ])
    func ids(line: String, id: String) throws {
        let documents = try read(line)
        #expect(documents.map(\.header.id) == [id])
        #expect(documents.map(\.problem) == [nil])
        #expect(documents.map(\.text) == ["a"])
    }

    /// Rows of a generate job are told apart by id and sample; what is no sample of ours is another member.
    @Test(arguments: [
        (#""sample":2"#, 2), (#""sample":0"#, 0), (#""sample":null"#, nil), (#""sample":-1"#, nil),
        (#""sample":1.5"#, nil), (#""sample":"b""#, nil), (#""sample":[1]"#, nil),
        (#""sample":9223372036854775807"#, nil),
        (#""x":1"#, nil),
    ])
    func samples(member: String, sample: Int?) throws {
        let documents = try read(#"{"id":"a",\#(member),"text":"a"}"#)
        #expect(documents.map(\.problem) == [nil])
        #expect(documents.map(\.header.sample) == [sample])
    }

    /// By bytes, and a sample is never a part of an id.
    @Test func identitiesOfDocuments() throws {
        let lines = [
            #"{"id":"a""#, #"{"id":"a","sample":1"#, #"{"id":"a","sample":11"#, #"{"id":"a\u00011""#,
            #"{"id":"a\u0001","sample":1"#, #"{"id":"a\u0001\u00011""#, #"{"id":"caf\u00e9""#, #"{"id":"cafe\u0301""#,
            #"{"id":"A""#,
        ]
        let documents = try read(lines.map { $0 + #","text":"t"}"# }.joined(separator: "\n"))
        #expect(documents.count == lines.count)
        #expect(Set(documents.map { ExactString($0.header.identity) }).count == lines.count)
        #expect(Set(documents.map { DocumentDigest($0.header) }).count == lines.count)
        #expect(documents[0].header.identity == "a")
        let first = try read(#"{"id":"a","sample":0,"text":"t"}"#)
        #expect(first.map(\.header.identity) == ["a"], "a document without a sample is sample 0")
    }

    @Test(
        arguments: [
            (#"{"id":"a","token_ids":[1,2]}"#, [1, 2]),
            (#"{"token_ids":[1,2],"id":"a","token_logprobs":[null,-1]}"#, [1, 2]),
            (#"{"id":"a","tokens":[3],"token_ids":[1,2]}"#, [3]),
        ] as [(String, [Int32])])
    func tokenIDsAreTokensWhereThereIsNothingElse(line: String, tokens: [Int32]) throws {
        let documents = try read(line)
        #expect(documents.map(\.tokens) == [tokens])
        #expect(documents.map(\.header.content) == [.tokens])
        #expect(try read(#"{"text":"t","token_ids":[1]}"#).map(\.text) == ["t"])
        #expect(try read(#"{"token_ids":7}"#).map(\.problem?.code) == [.missingText])
    }

    @Test func linesEndWithLFOrCRLFAndTheLastWithTheFile() throws {
        let documents = try read("{\"text\":\"a\"}\r\n\r\n \t\n{\"text\":\"b\"}\n\n{\"text\":\"c\"}")
        #expect(documents.map(\.text) == ["a", "b", "c"])
        #expect(documents.map(\.header.source) == ["in.jsonl:1", "in.jsonl:4", "in.jsonl:6"])
    }

    @Test func anEmptyFileHasNoDocuments() throws {
        #expect(try read("") == [])
        #expect(try read("\n\r\n\u{20}") == [])
        #expect(try read("\u{FEFF}\n") == [])
    }

    @Test func aByteOrderMarkBeforeTheFirstLineIsPassedOver() throws {
        let documents = try read("\u{FEFF}{\"text\":\"\u{FEFF}a\"}")
        #expect(documents.map(\.text) == ["\u{FEFF}a"])
        #expect(documents.map(\.header.byteOffset) == [0])
    }

    @Test func textWithEveryEscape() throws {
        let documents = try read(#"{"text":"\"\\\/\b\f\n\r\t\u00E9\ud83D\uDe00\u007f"}"#)
        #expect(documents.map(\.text) == ["\"\\/\u{8}\u{C}\n\r\té😀\u{7F}"])
    }

    @Test func emptyTextAndEmptyTokensAreDocuments() throws {
        let documents = try read(#"{"text":""}"# + "\n" + #"{"tokens":[]}"#)
        #expect(documents.map(\.hasBegun) == [true, true])
        #expect(documents.map(\.header.content) == [.text, .tokens])
    }

    @Test(arguments: [1, 2, 3, 5, 64, 1000])
    func piecesOfAnySizeMakeTheSameDocuments(pieceBytes: Int) throws {
        var generator = SplitMix64(seed: UInt64(pieceBytes))
        var lines = ""
        var texts: [String] = []
        var tokens: [[Int32]] = []
        for number in 0..<40 {
            let text = String.random(scalars: Int.random(in: 1..<50, using: &generator), using: &generator)
            let ids = (0..<Int.random(in: 1..<30, using: &generator)).map { _ in
                Int32.random(in: 0...Int32.max, using: &generator)
            }
            let encoded = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
            lines += #"{"extra":{"a":[1,{}]},"text":\#(encoded)}"# + (number % 2 == 0 ? "\n" : "\r\n")
            lines += #"{"tokens":\#(ids)}"# + "\n"
            texts.append(text)
            tokens.append(ids)
        }
        let documents = try read(lines, limits: .init(pieceBytes: pieceBytes, pieceTokens: pieceBytes))
        #expect(documents.filter { $0.header.content == .text }.map(\.bytes) == texts.map { Array($0.utf8) })
        #expect(documents.filter { $0.header.content == .tokens }.map(\.tokens) == tokens)
    }

    @Test(arguments: [
        (#"{"text":"a""#, "column 12: expected ',' or '}', found the end of the line"),
        (#"{"text":"a"} x"#, "column 14: expected the end of the line, found \"x\""),
        (#"{"text":"a",}"#, "column 13: expected a string, found \"}\""),
        (#"{"text" "a"}"#, "column 9: expected ':', found \"\\\"\""),
        (#"{"text":}"#, "column 9: \"text\" is not a string"),
        (#"{"text":"a"#, "column 11: expected '\"', found the end of the line"),
        (#"{text:"a"}"#, "column 2: expected a string, found \"t\""),
        (#"["text"]"#, "column 1: expected an object, found \"[\""),
        (#"é"#, "column 1: expected an object, found \"é\""),
        (#"{"a":01}"#, "column 6: expected a number without leading zeros, found \"0\""),
        (#"{"a":1.}"#, "column 8: expected a digit, found \"}\""),
        (#"{"a":.5}"#, "column 6: expected a value, found \".\""),
        (#"{"a":1e}"#, "column 8: expected a digit, found \"}\""),
        (#"{"a":-}"#, "column 7: expected a value, found \"}\""),
        (#"{"a":+1}"#, "column 6: expected a value, found \"+\""),
        (#"{"a":nul}"#, "column 6: expected a value, found \"n\""),
        (#"{"a":NaN}"#, "column 6: expected a value, found \"N\""),
        (#"{"a":[1,]}"#, "column 9: expected a value, found \"]\""),
        (#"{"a":[1 2]}"#, "column 9: expected ',' or ']', found \"2\""),
        (#"{"a":[1}"#, "column 8: expected ',' or ']', found \"}\""),
        (#"{"a":"\x"}"#, "column 8: expected an escape, found \"x\""),
        (#"{"a":"\u12g4"}"#, "column 11: expected four hexadecimal digits, found \"g\""),
        ("{\"a\":\"\t\"}", "column 7: expected a control character to be escaped, found \"\\t\""),
        (#"{'a':1}"#, "column 2: expected a string, found \"\\'\""),
    ])
    func brokenLinesSayWhere(line: String, message: String) throws {
        let problem = try #require(try problem(line))
        #expect(problem.message == "line 1, " + message)
        #expect(problem.code == (message.contains("is not a string") ? .invalidField : .invalidJSON))
    }

    @Test(
        arguments: [
            (#"{}"#, .missingText, "column 1: neither \"text\" nor \"tokens\""),
            (#"{"id":"a","text":null}"#, .missingText, "column 1: neither \"text\" nor \"tokens\""),
            (#"{"text":5}"#, .invalidField, "column 9: \"text\" is not a string"),
            (#"{"tokens":"a"}"#, .invalidField, "column 11: \"tokens\" is not an array"),
            (
                #"{"id":1.5,"text":"a"}"#, .invalidField,
                "column 7: \"id\" is neither a string nor an integer of 64 bits"
            ),
            (#"{"id":[],"text":"a"}"#, .invalidField, "column 7: \"id\" is neither a string nor an integer of 64 bits"),
            (
                #"{"id":9223372036854775808,"text":"a"}"#, .invalidField,
                "column 7: \"id\" is neither a string nor an integer of 64 bits"
            ),
            (#"{"text":"a","text":"b"}"#, .invalidField, "column 20: \"text\" appears twice"),
            (#"{"text":"a","tokens":[1]}"#, .invalidField, "column 22: both \"text\" and \"tokens\""),
            (#"{"tokens":[1,2.5]}"#, .invalidField, "column 14: tokens[1] is not an integer"),
            (#"{"tokens":[1e2]}"#, .invalidField, "column 12: tokens[0] is not an integer"),
            (#"{"tokens":["1"]}"#, .invalidField, "column 12: tokens[0] is not an integer"),
            (#"{"tokens":[0, -1]}"#, .tokenOutOfRange, "column 15: tokens[1] is -1, outside 0..<2147483648"),
            (
                #"{"tokens":[2147483648]}"#, .tokenOutOfRange,
                "column 12: tokens[0] is 2147483648, outside 0..<2147483648"
            ),
            (#"{"tokens":[99999999999999999999]}"#, .tokenOutOfRange, "column 12: tokens[0] is outside 0..<2147483648"),
            (#"{"text":"a\u0000"}"#, .nulByte, "column 11: a NUL character"),
            (#"{"id":"\u0000","text":"a"}"#, .nulByte, "column 8: a NUL character"),
            (#"{"text":"\ud800"}"#, .invalidUTF8, "column 10: half of a surrogate pair"),
            (#"{"text":"\udc00\ud800"}"#, .invalidUTF8, "column 10: half of a surrogate pair"),
            (#"{"text":"\ud800\ud800"}"#, .invalidUTF8, "column 10: half of a surrogate pair"),
            (#"{"text":"\ud800x"}"#, .invalidUTF8, "column 10: half of a surrogate pair"),
            ("{\"text\":\"\u{0}\"}", .nulByte, "column 10: a NUL byte"),
        ] as [(String, InputProblem.Code, String)])
    func wrongMembersSayWhere(line: String, code: InputProblem.Code, message: String) throws {
        #expect(try problem(line) == InputProblem(code, "line 1, " + message))
    }

    @Test func aRejectedLineKeepsTheIDThatCameBefore() throws {
        let documents = try read("{\"id\":\"a\",\"tokens\":[-1]}\n{\"tokens\":[-1],\"id\":\"a\"}\n")
        #expect(documents.map(\.header.id) == ["a", "in.jsonl:2"])
    }

    @Test func invalidUTF8InALineIsOneBadLine() throws {
        let bytes = Array("{\"text\":\"".utf8) + [0xED, 0xA0, 0x80] + Array("\"}\n{\"text\":\"next\"}\n".utf8) + [0xC3]
        try directory.write(bytes, to: "in.jsonl")
        let documents = try directory.documents("in.jsonl")
        #expect(
            documents.map(\.problem) == [
                InputProblem(.invalidUTF8, "line 1, column 10: not valid UTF-8"), nil,
                InputProblem(.invalidUTF8, "line 3, column 1: not valid UTF-8"),
            ])
    }

    @Test func tokensAreBelowTheVocabularySize() throws {
        #expect(try read(#"{"tokens":[0,49]}"#, vocabularySize: 50).map(\.tokens) == [[0, 49]])
        #expect(
            try problem(#"{"tokens":[0,50]}"#, vocabularySize: 50)
                == InputProblem(.tokenOutOfRange, "line 1, column 14: tokens[1] is 50, outside 0..<50"))
    }

    @Test(arguments: [1, 7, 64, 1000])
    func aLineThatIsTooLongIsPassedOver(pieceBytes: Int) throws {
        let fits = #"{"text":"\#(String(repeating: "a", count: 89))"}"#
        let tooLong = #"{"text":"\#(String(repeating: "a", count: 90))"}"#
        let documents = try read(
            [fits, tooLong, fits, tooLong].joined(separator: "\n"),
            limits: .init(pieceBytes: pieceBytes, lineBytes: 100))
        #expect(
            documents.map(\.problem) == [
                nil, InputProblem(.lineTooLong, "line 2: longer than 100 bytes"), nil,
                InputProblem(.lineTooLong, "line 4: longer than 100 bytes"),
            ])
    }

    @Test func deepNestingIsRefusedAndNotFollowed() throws {
        func nested(_ depth: Int) -> String {
            #"{"x":\#(String(repeating: "[", count: depth) + String(repeating: "]", count: depth)),"text":"a"}"#
        }
        #expect(try read(nested(512)).map(\.problem) == [nil])
        #expect(
            try problem(nested(513))
                == InputProblem(.invalidJSON, "line 1, column 518: nested deeper than 512 levels"))
        #expect(try problem(nested(1_000_000))?.code == .invalidJSON)
    }

    /// `JSONDecoder` is the reference for what is JSON, but for the comma before a bracket that it lets pass.
    @Test func mutatedLinesAreJudgedAsJSONDecoderDoes() throws {
        struct Line: Decodable { let text: String }
        let line = Array(#"{"a":[-1.5e+3,true,{"b":null}],"text":"x\n\u00e9","c":{}}"#.utf8)
        let alphabet = Array(#"{}[]",:\ 0-+.eun1t"#.utf8)
        var generator = SplitMix64(seed: 3)
        var lines: [[UInt8]] = []
        for _ in 0..<5000 {
            var mutated = line
            for _ in 0..<Int.random(in: 1...2, using: &generator) {
                let at = Int.random(in: 0..<mutated.count, using: &generator)
                let byte = alphabet.randomElement(using: &generator)!
                switch generator.next() % 3 {
                case 0: mutated.remove(at: at)
                case 1: mutated.insert(byte, at: at)
                default: mutated[at] = byte
                }
            }
            lines.append(mutated)
        }
        try directory.write(lines.joined(separator: [0x0A]), to: "in.jsonl")
        let documents = try directory.documents("in.jsonl")
        try #require(documents.count == lines.count)
        var good = 0
        for (line, document) in zip(lines, documents) {
            // It does not check numbers that nobody asks for, so all are asked for.
            let isJSON = (try? JSONDecoder().decode(JSONValue.self, from: Data(line))) != nil
            let text = isJSON ? try? JSONDecoder().decode(Line.self, from: Data(line)).text : nil
            if document.problem == nil {
                good += 1
                #expect(document.text == text, "\(String(decoding: line, as: UTF8.self))")
            } else if text != nil {
                let isKnown = document.problem!.code == .invalidField || hasTrailingComma(line)
                #expect(isKnown, "\(String(decoding: line, as: UTF8.self)) \(document.problem!.message)")
            }
        }
        #expect((200..<4800).contains(good))
    }

    private func hasTrailingComma(_ line: [UInt8]) -> Bool {
        let text = String(decoding: line, as: UTF8.self).filter { $0 != " " }
        return text.contains(",}") || text.contains(",]")
    }
}

/// A value of any kind, decoded to its leaves.
private struct JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() { return }
        if (try? value.decode(Bool.self)) != nil || (try? value.decode(String.self)) != nil { return }
        if (try? value.decode([JSONValue].self)) != nil { return }
        if (try? value.decode([String: JSONValue].self)) != nil { return }
        _ = try value.decode(Double.self)
    }
}
