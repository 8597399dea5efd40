import Documents
import Jobs
import Testing

/// The bytes of every kind of row.
@Suite struct RowTests {
    private func line(_ row: some OutputRow) -> String { String(decoding: row.line, as: UTF8.self) }

    @Test func documentEmbedding() {
        let row = DocumentEmbeddingRow(
            id: "documents/a \"b\".txt", embedding: [0.1, -1.5e-9, 1], tokenCount: 7, byteCount: 31)
        #expect(
            line(row) == #"{"id":"documents/a \"b\".txt","embedding":[0.1,-1.5e-09,1.0],"n_tokens":7,"n_bytes":31}"#
                + "\n")
    }

    @Test func documentEmbeddingInBase64() {
        let row = DocumentEmbeddingRow(
            id: "a", embedding: [1, -2.5], encoding: .base64, tokenCount: 2, byteCount: nil)
        #expect(line(row) == #"{"id":"a","embedding":"AACAPwAAIMA=","n_tokens":2,"n_bytes":null}"# + "\n")
    }

    private func line(_ row: WindowEmbeddingRow, text: [String]? = nil) throws -> String {
        var bytes: [UInt8] = []
        if let text {
            try row.write { body in
                for piece in text { try body(Array(piece.utf8)) }
            } emit: {
                bytes += $0
            }
        } else {
            try row.write { bytes += $0 }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func windowEmbedding() throws {
        let row = WindowEmbeddingRow(
            id: "a", window: 1, tokens: 512..<1024, bytes: 2033..<4100, embedding: [0.25])
        let start = #"{"id":"a","window":1,"token_start":512,"token_end":1024,"byte_start":2033,"byte_end":4100,"#
        #expect(try line(row) == start + #""embedding":[0.25]}"# + "\n")
        #expect(
            try line(row, text: ["é \"", "\n€"]) == start + #""text":"é \"\n€","embedding":[0.25]}"# + "\n")
    }

    @Test func windowEmbeddingOfTokens() throws {
        let row = WindowEmbeddingRow(
            id: "a", sample: 2, window: 0, tokens: 0..<3, bytes: nil, embedding: [0.25], encoding: .base64)
        let start =
            #"{"id":"a","sample":2,"window":0,"token_start":0,"token_end":3,"byte_start":null,"byte_end":null,"#
        #expect(try line(row) == start + #""embedding":"AACAPg=="}"# + "\n")
        #expect(try line(row, text: []) == start + #""text":null,"embedding":"AACAPg=="}"# + "\n")
    }

    @Test func rowsOfSamplesHaveTheSample() {
        let embedding = DocumentEmbeddingRow(id: "a", sample: 0, embedding: [1], tokenCount: 2, byteCount: 3)
        #expect(line(embedding) == #"{"id":"a","sample":0,"embedding":[1.0],"n_tokens":2,"n_bytes":3}"# + "\n")
        let score = ScoreRow(id: "a", sample: 3, tokenCount: 1, byteCount: 4, nll: 0)
        #expect(line(score).hasPrefix(#"{"id":"a","sample":3,"n_tokens":1,"#))
        let error = ErrorRow(id: "a", sample: 3, source: "f:1", problem: InputProblem(.nulByte, "m"))
        #expect(line(error) == #"{"id":"a","sample":3,"source":"f:1","code":"nul_byte","message":"m"}"# + "\n")
    }

    @Test(arguments: [false, true]) func generationWithoutATokenizer(hasLogprobs: Bool) {
        let row = GenerationRow(
            id: "a", sample: 0, text: nil, tokenIDs: [5, 0], finishReason: .stop, promptTokens: 1, completionTokens: 2,
            seed: 0, logprobs: hasLogprobs ? .init(tokens: [5, 0], values: [-0.5, -1]) : nil)
        #expect(
            line(row) == #"{"id":"a","sample":0,"token_ids":[5,0],"finish_reason":"stop","#
                + #""usage":{"prompt_tokens":1,"completion_tokens":2},"seed":0"#
                + (hasLogprobs ? #","token_logprobs":[-0.5,-1.0]"# : "") + "}\n")
    }

    @Test func scoreOfWindows() {
        let row = ScoreRow(
            id: "a", tokenCount: 8, byteCount: 20, nll: 8, windows: .init(scoredTokens: 4, scoredBytes: 16))
        #expect(
            line(row) == #"{"id":"a","n_tokens":8,"n_bytes":20,"n_scored":4,"n_scored_bytes":16,"nll":8.0,"#
                + #""perplexity":7.38905609893065,"bits_per_byte":0.7213475204444817}"# + "\n")
        let nothing = ScoreRow(
            id: "a", tokenCount: 1, byteCount: nil, nll: 0, windows: .init(scoredTokens: 0, scoredBytes: nil))
        #expect(
            line(nothing) == #"{"id":"a","n_tokens":1,"n_bytes":null,"n_scored":0,"n_scored_bytes":null,"nll":0.0,"#
                + #""perplexity":null,"bits_per_byte":null}"# + "\n")
    }

    @Test func generation() {
        let row = GenerationRow(
            id: "a", sample: 2, text: "once\nmore", finishReason: .length, promptTokens: 10, completionTokens: 2,
            seed: .max)
        #expect(
            line(row) == #"{"id":"a","sample":2,"text":"once\nmore","finish_reason":"length","#
                + #""usage":{"prompt_tokens":10,"completion_tokens":2},"seed":18446744073709551615}"# + "\n")
    }

    @Test func generationWithLogprobs() {
        let row = GenerationRow(
            id: "a", sample: 0, text: "", finishReason: .stop, promptTokens: 1, completionTokens: 2, seed: 0,
            logprobs: .init(tokens: [5, 0], values: [-0.5, -.infinity]))
        #expect(
            line(row) == #"{"id":"a","sample":0,"text":"","finish_reason":"stop","#
                + #""usage":{"prompt_tokens":1,"completion_tokens":2},"seed":0,"#
                + #""token_ids":[5,0],"token_logprobs":[-0.5,null]}"# + "\n")
    }

    @Test func score() {
        let row = ScoreRow(id: "a", tokenCount: 5, byteCount: 16, nll: 8)
        #expect(
            line(row) == #"{"id":"a","n_tokens":5,"n_bytes":16,"nll":8.0,"#
                + #""perplexity":7.38905609893065,"bits_per_byte":0.7213475204444817}"# + "\n")
    }

    @Test(
        arguments: [
            (1, 4, #""n_tokens":1,"n_bytes":4,"nll":0.0,"perplexity":null,"bits_per_byte":null}"#),
            (3, nil, #""n_tokens":3,"n_bytes":null,"nll":0.0,"perplexity":1.0,"bits_per_byte":null}"#),
        ] as [(Int, Int?, String)])
    func scoreWithoutSomething(tokens: Int, bytes: Int?, end: String) {
        let row = ScoreRow(id: "a", tokenCount: tokens, byteCount: bytes, nll: 0)
        #expect(line(row) == #"{"id":"a","# + end + "\n")
    }

    @Test func impossibleTokenHasNoPerplexity() {
        let row = ScoreRow(id: "a", tokenCount: 2, byteCount: 1, nll: .infinity)
        #expect(
            line(row) == #"{"id":"a","n_tokens":2,"n_bytes":1,"nll":null,"perplexity":null,"bits_per_byte":null}"#
                + "\n")
    }

    /// Pieces of any size make the same row.
    @Test(arguments: [1, 2, 3, 100])
    func tokenScores(pieceCount: Int) {
        let ids: [Int32] = [9, 8, 7, 6]
        let logprobs: [Float] = [-0.5, -1.25, -2]
        var row = TokenScoreRow(ScoreRow(id: "a", tokenCount: 4, byteCount: nil, nll: 3.75))
        var written: [UInt8] = []
        for start in stride(from: 0, to: ids.count, by: pieceCount) {
            row.append(tokenIDs: Array(ids[start...].prefix(pieceCount)))
            written += row.takeBytes()
        }
        for start in stride(from: 0, to: logprobs.count, by: pieceCount) {
            row.append(logprobs: Array(logprobs[start...].prefix(pieceCount)))
            written += row.takeBytes()
        }
        written += row.finish()
        #expect(
            String(decoding: written, as: UTF8.self)
                == #"{"id":"a","n_tokens":4,"n_bytes":null,"nll":3.75,"perplexity":3.4903429574618414,"#
                + #""bits_per_byte":null,"token_ids":[9,8,7,6],"token_logprobs":[null,-0.5,-1.25,-2.0]}"# + "\n")
    }

    @Test(arguments: [(0, "[]", "[]"), (1, "[3]", "[null]")])
    func tokenScoresOfAlmostNothing(count: Int, ids: String, logprobs: String) {
        var row = TokenScoreRow(ScoreRow(id: "a", tokenCount: count, byteCount: 0, nll: 0))
        row.append(tokenIDs: Array([3].prefix(count)))
        row.append(logprobs: [])
        let text = String(decoding: row.finish(), as: UTF8.self)
        #expect(text.hasSuffix(#""token_ids":\#(ids),"token_logprobs":\#(logprobs)}"# + "\n"))
    }

    @Test(arguments: [1, 2, 3, 100])
    func tokenScoresSayWhatIsGreedy(pieceCount: Int) {
        let flags: [Bool?] = [true, nil, false]
        var row = TokenScoreRow(ScoreRow(id: "a", tokenCount: 4, byteCount: nil, nll: 3), saysGreedy: true)
        row.append(tokenIDs: [9, 8, 7, 6])
        row.append(logprobs: [-0.5, .nan, -2])
        var written: [UInt8] = []
        for start in stride(from: 0, to: flags.count, by: pieceCount) {
            row.append(isGreedy: Array(flags[start...].prefix(pieceCount)))
            written += row.takeBytes()
        }
        written += row.finish()
        #expect(
            String(decoding: written, as: UTF8.self).hasSuffix(
                #""token_ids":[9,8,7,6],"token_logprobs":[null,-0.5,null,-2.0],"is_greedy":[null,true,null,false]}"#
                    + "\n"))
    }

    @Test(arguments: [(0, "[]"), (1, "[null]")])
    func almostNothingIsGreedy(count: Int, flags: String) {
        var row = TokenScoreRow(ScoreRow(id: "a", tokenCount: count, byteCount: 0, nll: 0), saysGreedy: true)
        row.append(tokenIDs: Array([3].prefix(count)))
        let text = String(decoding: row.finish(), as: UTF8.self)
        #expect(text.hasSuffix(#""token_logprobs":\#(flags),"is_greedy":\#(flags)}"# + "\n"))
    }

    @Test func error() {
        let row = ErrorRow(
            id: "x", source: "in.jsonl:12", problem: InputProblem(.invalidJSON, "line 12, column 3: expected ':'"))
        #expect(
            line(row) == #"{"id":"x","source":"in.jsonl:12","code":"invalid_json","#
                + #""message":"line 12, column 3: expected ':'"}"# + "\n")
    }

    /// The codes are part of the output format.
    @Test func errorCodes() {
        #expect(
            InputProblem.Code.allCases.map(\.rawValue) == [
                "unreadable", "input_changed", "corrupt_compression", "invalid_utf8", "nul_byte", "line_too_long",
                "invalid_json", "invalid_field", "missing_text", "token_out_of_range", "unsupported_request",
                "no_tokenizer", "no_head", "empty_document", "duplicate_id", "too_many_failures", "not_finite",
                "result_too_large", "failed",
            ])
    }
}
