import Foundation
import TestSupport
import Testing

/// `score.window`, beside what Hugging Face transformers' guide to perplexity computes with a stride of the window
/// (https://huggingface.co/docs/transformers/perplexity): every window alone, its first token not scored.
@Suite struct ScoreWindowTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    @Test(arguments: [2, 16, 300, 1000]) func windowsAreScoredAsTransformersScoresThem(window: Int) throws {
        let text = Documents.text(words: 500, seed: 5)
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        try directory.write(#"{"id":"d","text":\#(quoted)}"# + "\n", to: "documents.jsonl")
        let whole = try score("documents.jsonl", "window: \(window)")[0]
        let tokens = try #require(whole.tokenIds)
        try #require(tokens.count > 600)
        let starts = stride(from: 0, to: tokens.count, by: window)

        // The guide's loop: the sum over each window alone, and how many labels it had.
        try directory.write(
            starts.map { start in
                Documents.line("w\(start)", tokens: Array(tokens[start..<min(start + window, tokens.count)]))
            }.joined(), to: "windows.jsonl")
        let windows = try score("windows.jsonl", "window: null")
        let nll = windows.reduce(0) { $0 + $1.nll }
        let scored = windows.reduce(0) { $0 + $1.nTokens - 1 }

        #expect(whole.nScored == scored)
        #expect(abs(whole.nll - nll) < 1e-6 * nll)
        let perplexity = try #require(whole.perplexity)
        #expect(abs(log(perplexity) - nll / Double(scored)) < 1e-6)
        let first = starts.map { tokens[$0] }
        let bytes = text.utf8.count - (try bytes(of: first))
        #expect(whole.nBytes == text.utf8.count && whole.nScoredBytes == bytes)
        let bits = try #require(whole.bitsPerByte)
        #expect(abs(bits - nll / log(2) / Double(bytes)) < 1e-6)
        let values = try #require(whole.tokenLogprobs)
        #expect(values.indices.allSatisfy { (values[$0] == nil) == $0.isMultiple(of: window) })
    }

    /// Nothing is known of a window of one token, nor of a document of one.
    @Test func aLastWindowOfOneTokenIsNotScored() throws {
        try directory.write(
            Documents.line("one", tokens: [300]) + Documents.line("five", tokens: [300, 301, 302, 303, 304]),
            to: "documents.jsonl")
        let rows = try score("documents.jsonl", "window: 2")
        #expect(rows[0].nScored == 0 && rows[0].nll == 0 && rows[0].perplexity == nil)
        #expect(rows[1].nScored == 2 && rows[1].nScoredBytes == nil)
        #expect(rows[1].tokenLogprobs?.map { $0 == nil } == [true, false, true, false, true])
    }

    private func score(_ input: String, _ options: String) throws -> [ScoreRow] {
        let output = "\(input).rows.jsonl"
        let job = try directory.writeJob(
            "score", input: input, output: output, options: "score: {per: token, \(options)}", to: input + ".yaml")
        let ended = try Longscan.run(["run", job])
        #expect(ended.status == 0, "\(ended.errors)")
        return try directory.rows(output)
    }

    /// Bytes that tokens stand for, as windows of one token name them.
    private func bytes(of tokens: [Int]) throws -> Int {
        struct Names: Decodable { let tokens: [String] }
        struct Choice: Decodable { let logprobs: Names }
        struct Body: Decodable { let choices: [Choice] }
        struct Response: Decodable { let body: Body }
        struct Row: Decodable { let response: Response }
        let body = #"{"prompt":\#(tokens),"echo":true,"max_tokens":0,"logprobs":0}"#
        try directory.write(
            #"{"custom_id":"b","method":"POST","url":"/v1/completions","body":\#(body)}"# + "\n", to: "b.jsonl")
        let job = try directory.writeJob("generate", input: "b.jsonl", output: "b-rows.jsonl", to: "b.yaml")
        let ended = try Longscan.run(["run", job])
        #expect(ended.status == 0, "\(ended.errors)")
        let rows: [Row] = try directory.rows("b-rows.jsonl")
        return rows[0].response.body.choices[0].logprobs.tokens.reduce(0) { sum, name in
            // `bytes:\xe2\x80` names two bytes.
            sum + (name.hasPrefix("bytes:") ? (name.utf8.count - 6) / 4 : name.utf8.count)
        }
    }
}
