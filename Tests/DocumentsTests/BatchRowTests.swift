import Documents
import FoundationEssentials
import Jobs
import TestSupport
import Testing

@Suite struct BatchRowTests {
    private typealias Token = BatchCompletionRow.Token

    private func line(_ row: some OutputRow) -> String { String(decoding: row.line, as: UTF8.self) }

    /// In one go, and by a value that goes on where another ended.
    @Test(arguments: [false, true]) func embeddings(goesOn: Bool) {
        var row = BatchEmbeddingRow(customID: "r-1", batchID: "7a")
        var bytes = row.append([0.5, -1], .float)
        if goesOn { row = BatchEmbeddingRow(customID: "r-1", batchID: "7a", written: 1) }
        bytes += row.append([1], .base64)
        if goesOn { row = BatchEmbeddingRow(customID: "r-1", batchID: "7a", written: 2) }
        bytes += row.finish(model: "m", promptTokens: 4)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"id":"batch_req_7a","custom_id":"r-1","response":{"status_code":200,"request_id":"req_7a","#
                + #""body":{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1.0]},"#
                + #"{"object":"embedding","index":1,"embedding":"AACAPw=="}],"#
                + #""model":"m","usage":{"prompt_tokens":4,"total_tokens":4}}},"error":null}"# + "\n")
    }

    private static let expectedCompletion =
        #"{"id":"batch_req_8b","custom_id":"r-2","response":{"status_code":200,"request_id":"req_8b","#
        + #""body":{"id":"cmpl-8b","object":"text_completion","created":0,"model":"m","choices":["#
        + #"{"text":"é b","index":0,"logprobs":null,"finish_reason":"stop"},"#
        + #"{"text":"é b","index":1,"logprobs":{"tokens":["é"," b"],"token_logprobs":[null,-2.0],"#
        + #""top_logprobs":null,"text_offset":[0,1]},"finish_reason":"length"},"#
        + #"{"text":"é b","index":2,"logprobs":{"tokens":["é"," b"],"token_logprobs":[null,-2.0],"#
        + #""top_logprobs":[null,{" a":-1.0," b":-2.0}],"text_offset":[0,1]},"finish_reason":"length"}],"#
        + #""usage":{"prompt_tokens":4,"completion_tokens":6,"total_tokens":10}}},"error":null}"# + "\n"

    private static let tokens = [
        token("é", .nan), token(" b", -2, top: [token(" a", -1), token(" b", -2), token(" a", -3)]),
    ]

    private static func token(_ text: String, _ logprob: Float, top: [Token] = []) -> Token {
        Token(id: 0, bytes: Array(text.utf8), logprob: logprob, top: top)
    }

    /// In one piece and token by token, and with a value for each choice.
    @Test(arguments: [1, 2], [false, true]) func completion(pieceTokens: Int, goesOn: Bool) throws {
        var row = BatchCompletionRow(customID: "r-2", batchID: "8b", model: "m")
        let written = Written()
        var choices = 0
        for (reason, logprobs) in [
            (.stop, .none), (.length, .chosen), (.length, .top),
        ] as [(Finish, BatchCompletionRow.Logprobs)] {
            try row.addChoice(finishReason: reason, logprobs: logprobs) { body in
                for start in stride(from: 0, to: Self.tokens.count, by: pieceTokens) {
                    try body(Array(Self.tokens[start..<start + pieceTokens]))
                }
            } emit: {
                written.bytes += $0
            }
            choices += 1
            if goesOn { row = BatchCompletionRow(customID: "r-2", batchID: "8b", model: "m", written: choices) }
        }
        written.bytes += row.finish(promptTokens: 4, completionTokens: 6)
        #expect(String(decoding: written.bytes, as: UTF8.self) == Self.expectedCompletion)
    }

    /// Bytes of tokens are any pieces of the text, also of what is no text.
    @Test func textIsThatOfAllBytesTogether() throws {
        var random = SplitMix64(seed: 5)
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
                tokens.append(Token(id: 0, bytes: Array(bytes[start..<end]), logprob: -1))
                start = end
            }
            let choice = try choice(of: tokens)
            #expect(choice.text == String(decoding: bytes, as: UTF8.self))
            #expect(choice.logprobs.tokens.count == tokens.count)
        }
    }

    @Test func aTokenThatIsNoTextAloneIsNamedByItsBytes() throws {
        let choice = try choice(of: [
            Token(id: 0, bytes: [0x61, 0xE2], logprob: -1), Token(id: 0, bytes: [0x82, 0xAC], logprob: -2),
            Token(id: 0, bytes: [0x0A], logprob: -3),
        ])
        #expect(choice.text == "a€\n")
        #expect(choice.logprobs.tokens == [#"bytes:\x61\xe2"#, #"bytes:\x82\xac"#, "\n"])
        #expect(choice.logprobs.textOffset == [0, 2, 2])
    }

    /// Two likely tokens whose texts are canonically equivalent are two.
    @Test func likelyTokensAreToldApartByTheirBytes() throws {
        let top = [Self.token("é", -1), Self.token("e\u{301}", -2)]
        var row = BatchCompletionRow(customID: "r", batchID: "0", model: "m")
        let written = Written()
        try row.addChoice(finishReason: .stop, logprobs: .top) {
            try $0([Self.token("é", -1, top: top)])
        } emit: {
            written.bytes += $0
        }
        let text = String(decoding: written.bytes, as: UTF8.self)
        #expect(text.utf8.contains("{\"é\":-1.0,\"e\u{301}\":-2.0}".utf8))
    }

    /// Without a tokenizer.
    @Test func tokensWithoutTextAreGivenByTheirIDs() throws {
        var row = BatchCompletionRow(customID: "r", batchID: "0", model: "m")
        let written = Written()
        let tokens = [7, 8].map { Token(id: $0, bytes: nil, logprob: -1, top: [Token(id: 9, bytes: nil, logprob: -2)]) }
        try row.addChoice(finishReason: .stop, logprobs: .top, hasText: false) {
            try $0(tokens)
        } emit: {
            written.bytes += $0
        }
        #expect(
            String(decoding: written.bytes, as: UTF8.self).hasSuffix(
                #"{"text":"","token_ids":[7,8],"index":0,"logprobs":{"tokens":["token_id:7","token_id:8"],"#
                    + #""token_logprobs":[-1.0,-1.0],"top_logprobs":[{"token_id:9":-2.0},{"token_id:9":-2.0}],"#
                    + #""text_offset":[0,0]},"finish_reason":"stop"}"#))
    }

    @Test(
        arguments: [
            (.emptyDocument, 400, "invalid_request_error"), (.invalidField, 400, "invalid_request_error"),
            (.notFinite, 500, "server_error"),
        ] as [(InputProblem.Code, Int, String)])
    func error(code: InputProblem.Code, status: Int, type: String) {
        let row = BatchErrorRow(
            customID: "r-3", batchID: "9c", source: "in.jsonl:4", problem: InputProblem(code, "no tokens"))
        #expect(
            line(row) == #"{"id":"batch_req_9c","custom_id":"r-3","response":{"status_code":\#(status),"#
                + #""request_id":"req_9c","body":{"error":{"message":"no tokens","type":"\#(type)","param":null,"#
                + #""code":"\#(code.rawValue)"}}},"error":null,"source":"in.jsonl:4"}"# + "\n")
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
        var row = BatchCompletionRow(customID: "r", batchID: "0", model: "m")
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
