import Documents
import FoundationEssentials
import Jobs
import Testing

@Suite struct BatchRowTests {
    private typealias Token = BatchCompletionRow.Token

    private func line(_ row: some OutputRow) -> String { String(decoding: row.line, as: UTF8.self) }

    @Test func embedding() {
        let row = BatchEmbeddingRow(
            customID: "r-1", ordinal: 7, model: "m", promptTokens: 4, embedding: [0.5, -1], encoding: .float)
        #expect(
            line(row) == #"{"id":"batch_req_7","custom_id":"r-1","response":{"status_code":200,"request_id":"req_7","#
                + #""body":{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.0]}],"#
                + #""model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}},"error":null}"# + "\n")
    }

    private static let expectedCompletion =
        #"{"id":"batch_req_8","custom_id":"r-2","response":{"status_code":200,"request_id":"req_8","#
        + #""body":{"id":"cmpl-8","object":"text_completion","created":0,"model":"m","choices":["#
        + #"{"text":"é b","index":0,"logprobs":null,"finish_reason":"stop"},"#
        + #"{"text":"é b","index":1,"logprobs":{"tokens":["é"," b"],"token_logprobs":[null,-2.0],"#
        + #""top_logprobs":null,"text_offset":[0,1]},"finish_reason":"length"},"#
        + #"{"text":"é b","index":2,"logprobs":{"tokens":["é"," b"],"token_logprobs":[null,-2.0],"#
        + #""top_logprobs":[null,{" a":-1.0," b":-2.0}],"text_offset":[0,1]},"finish_reason":"length"}],"#
        + #""usage":{"prompt_tokens":4,"completion_tokens":6,"total_tokens":10}}},"error":null}"# + "\n"

    private static let tokens = [
        Token(bytes: Array("é".utf8), logprob: .nan),
        Token(
            bytes: Array(" b".utf8), logprob: -2,
            top: [(Array(" a".utf8), -1), (Array(" b".utf8), -2), (Array(" a".utf8), -3)]),
    ]

    /// In one piece and token by token.
    @Test(arguments: [1, 2]) func completion(pieceTokens: Int) throws {
        var row = BatchCompletionRow(customID: "r-2", ordinal: 8, model: "m")
        let written = Written()
        for (reason, logprobs) in [
            (.stop, .none), (.length, .chosen), (.length, .top),
        ] as [(GenerationRow.FinishReason, BatchCompletionRow.Logprobs)] {
            try row.addChoice(finishReason: reason, logprobs: logprobs) { body in
                for start in stride(from: 0, to: Self.tokens.count, by: pieceTokens) {
                    try body(Array(Self.tokens[start..<start + pieceTokens]))
                }
            } emit: {
                written.bytes += $0
            }
        }
        written.bytes += row.finish(promptTokens: 4, completionTokens: 6)
        #expect(String(decoding: written.bytes, as: UTF8.self) == Self.expectedCompletion)
    }

    /// Bytes of tokens are any pieces of the text, also of what is no text.
    @Test func textIsThatOfAllBytesTogether() throws {
        var random = SplitMix64(state: 5)
        let alphabet: [[UInt8]] = [
            [0x61], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x90, 0xB3], [0x80], [0xE2, 0x82], [0xFF],
            [0xF0, 0x9F], [0xED, 0xA0, 0x80], [0x22], [0x0A],
        ]
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...12, using: &random)).flatMap { _ in
                alphabet.randomElement(using: &random)!
            }
            var tokens: [Token] = []
            var start = 0
            while start < bytes.count {
                let end = min(start + Int.random(in: 1...4, using: &random), bytes.count)
                tokens.append(Token(bytes: Array(bytes[start..<end]), logprob: -1))
                start = end
            }
            let choice = try choice(of: tokens)
            #expect(choice.text == String(decoding: bytes, as: UTF8.self))
            #expect(choice.logprobs.tokens.count == tokens.count)
        }
    }

    @Test func aTokenThatIsNoTextAloneIsNamedByItsBytes() throws {
        let choice = try choice(of: [
            Token(bytes: [0x61, 0xE2], logprob: -1), Token(bytes: [0x82, 0xAC], logprob: -2),
            Token(bytes: [0x0A], logprob: -3),
        ])
        #expect(choice.text == "a€\n")
        #expect(choice.logprobs.tokens == [#"bytes:\x61\xe2"#, #"bytes:\x82\xac"#, "\n"])
        #expect(choice.logprobs.textOffset == [0, 2, 2])
    }

    @Test func error() {
        let row = BatchErrorRow(
            customID: "r-3", ordinal: 9, source: "in.jsonl:4", problem: InputProblem(.emptyDocument, "no tokens"))
        #expect(
            line(row) == #"{"id":"batch_req_9","custom_id":"r-3","response":null,"#
                + #""error":{"code":"empty_document","message":"no tokens"},"source":"in.jsonl:4"}"# + "\n")
    }

    private final class Written {
        var bytes: [UInt8] = []
    }

    private struct Row: Decodable {
        struct Response: Decodable { var body: Body }
        struct Body: Decodable { var choices: [Choice] }
        struct Choice: Decodable {
            var text: String
            var logprobs: Logprobs
        }
        struct Logprobs: Decodable {
            var tokens: [String]
            var textOffset: [Int]
        }
        var response: Response
    }

    private func choice(of tokens: [Token]) throws -> Row.Choice {
        var row = BatchCompletionRow(customID: "r", ordinal: 0, model: "m")
        let written = Written()
        try row.addChoice(finishReason: .stop, logprobs: .chosen) {
            try $0(tokens)
        } emit: {
            written.bytes += $0
        }
        written.bytes += row.finish(promptTokens: 0, completionTokens: 0)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try #require(try decoder.decode(Row.self, from: Data(written.bytes)).response.body.choices.first)
    }
}
