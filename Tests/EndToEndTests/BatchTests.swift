import Foundation
import TestSupport
import Testing

/// Lines of OpenAI batch input files, and the rows that answer them.
@Suite struct BatchTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private struct EmbeddingAnswer: Decodable {
        struct Response: Decodable { let body: Body }
        struct Body: Decodable {
            let data: [Element]
            let model: String
        }
        struct Element: Decodable { let embedding: [Float] }
        let customId: String
        let response: Response
    }

    private struct CompletionAnswer: Decodable {
        struct Response: Decodable {
            let statusCode: Int
            let body: Body
        }
        struct Body: Decodable { let choices: [Choice] }
        struct Choice: Decodable {
            let text: String
            let logprobs: Logprobs?
            let finishReason: String
        }
        struct Logprobs: Decodable {
            let tokens: [String]
            let tokenLogprobs: [Float?]
            let topLogprobs: [[String: Float]?]?
            let textOffset: [Int]
        }
        let customId: String
        let response: Response
    }

    private struct ErrorAnswer: Decodable {
        struct Response: Decodable {
            let statusCode: Int
            let body: Body
        }
        struct Body: Decodable { let error: Reason }
        struct Reason: Decodable {
            let message: String
            let type: String
            let code: String
        }
        let customId: String
        let response: Response
        let source: String
    }

    private func line(_ id: String, _ endpoint: String, _ body: String) -> String {
        #"{"custom_id":"\#(id)","method":"POST","url":"/v1/\#(endpoint)","body":{"model":"m",\#(body)}}"# + "\n"
    }

    @Test func embeddingsAreThoseOfOtherDocuments() throws {
        let texts = ["A whale.", "Call me Ishmael, and some years ago."]
        try directory.write(
            line("a", "embeddings", #""input":"\#(texts[0])""#)
                + line("b", "embeddings", #""input":["\#(texts[1])"],"encoding_format":"float""#)
                + line("c", "embeddings", #""input":"\#(texts[0])","dimensions":3"#)
                + line("d", "embeddings", #""input":"""#)
                + line("a", "embeddings", #""input":"again""#),
            to: "batch.jsonl")
        try directory.write(
            texts.enumerated().map { #"{"id":"\#($0)","text":"\#($1)"}"# + "\n" }.joined(), to: "plain.jsonl")
        let batch = try directory.writeJob("embed", input: "batch.jsonl", output: "batch-rows.jsonl", to: "b.yaml")
        let plain = try directory.writeJob("embed", input: "plain.jsonl", output: "plain-rows.jsonl", to: "p.yaml")
        let ended = try Longscan.run(["run", batch, plain])
        #expect(ended.status == 2, "\(ended.errors)")
        let answers: [EmbeddingAnswer] = try directory.rows("batch-rows.jsonl")
        let rows: [EmbeddingRow] = try directory.rows("plain-rows.jsonl")
        #expect(answers.map(\.customId) == ["a", "b"])
        #expect(answers.map(\.response.body.data).map { $0.map(\.embedding) } == rows.map { [$0.embedding] })
        #expect(answers.allSatisfy { $0.response.body.model == "mamba2-books-6m" }, "the model that answered")
        let errors: [ErrorAnswer] = try directory.rows("batch-rows.errors.jsonl")
        #expect(errors.map(\.customId) == ["c", "d", "a"])
        #expect(
            errors.map(\.response.body.error.code) == ["unsupported_request", "empty_document", "duplicate_id"])
        #expect(errors.allSatisfy { $0.response.statusCode == 400 })
        #expect(errors.allSatisfy { $0.response.body.error.type == "invalid_request_error" })
        #expect(errors.map(\.source) == ["batch.jsonl:3", "batch.jsonl:4", "batch.jsonl:5"])
    }

    /// One job answers both endpoints, and lines with several texts, with what each text gets alone.
    @Test func aLineOfSeveralTextsIsAnsweredAsLinesOfOne() throws {
        struct Usage: Decodable, Equatable {
            let promptTokens: Int
            let completionTokens: Int?
        }
        struct Body: Decodable {
            struct Element: Decodable {
                let index: Int
                let embedding: [Float]?
                let text: String?
            }
            let data: [Element]?
            let choices: [Element]?
            let usage: Usage

            var elements: [Element] { (data ?? []) + (choices ?? []) }
        }
        struct Answer: Decodable {
            struct Response: Decodable { let body: Body }
            let customId: String
            let response: Response
        }
        let texts = ["A whale.", Documents.text(words: 400, seed: 1), "Call me Ishmael."]
        let quoted = try texts.map { String(decoding: try JSONEncoder().encode($0), as: UTF8.self) }
        let all = "[\(quoted.joined(separator: ","))]"
        let options = #""max_tokens":4,"temperature":0,"n":2"#
        try directory.write(
            line("e", "embeddings", "\"input\":\(all)") + line("c", "completions", "\"prompt\":\(all),\(options)")
                + quoted.enumerated().map { line("e\($0)", "embeddings", "\"input\":\($1)") }.joined()
                + quoted.enumerated().map { line("c\($0)", "completions", "\"prompt\":\($1),\(options)") }.joined(),
            to: "batch.jsonl")
        let job = try directory.writeJob("embed", input: "batch.jsonl", output: "batch-rows.jsonl")
        let ended = try Longscan.run(["run", job, "--snapshot-chunks", "1"])
        #expect(ended.status == 0, "\(ended.errors)")
        let answers: [Answer] = try directory.rows("batch-rows.jsonl")
        #expect(answers.map(\.customId) == ["e", "c", "e0", "e1", "e2", "c0", "c1", "c2"])
        for (answer, alone) in [(answers[0], answers[2..<5]), (answers[1], answers[5..<8])] {
            let (together, body) = (answer.response.body.elements, answer.response.body)
            #expect(together.map(\.index) == Array(together.indices))
            let apart = alone.flatMap(\.response.body.elements)
            #expect(together.map(\.embedding) == apart.map(\.embedding) && together.map(\.text) == apart.map(\.text))
            #expect(body.usage.promptTokens == alone.reduce(0) { $0 + $1.response.body.usage.promptTokens })
            let completionTokens = alone.compactMap(\.response.body.usage.completionTokens)
            #expect(body.usage.completionTokens ?? 0 == completionTokens.reduce(0, +))
        }
    }

    @Test func topPOfZeroTakesTheLikeliest() throws {
        let prompt = #""prompt":"The old captain looked at the","max_tokens":9"#
        try directory.write(
            line("p", "completions", prompt + #","top_p":0"#) + line("t", "completions", prompt + #","temperature":0"#),
            to: "batch.jsonl")
        let job = try directory.writeJob("generate", input: "batch.jsonl", output: "batch-rows.jsonl")
        let ended = try Longscan.run(["run", job])
        #expect(ended.status == 0, "\(ended.errors)")
        let answers: [CompletionAnswer] = try directory.rows("batch-rows.jsonl")
        #expect(answers[0].response.body.choices[0].text == answers[1].response.body.choices[0].text)
    }

    /// Each line with its own options has the tokens that a job of these options gives the same document.
    @Test func completionsAreThoseOfAJobWithTheLinesOptions() throws {
        let prompt = "The old captain looked at the"
        let greedy = #""prompt":"\#(prompt)","max_tokens":9,"temperature":0,"logprobs":0"#
        let drawn = #""prompt":"\#(prompt)","max_tokens":7,"n":2,"seed":5,"top_k":50,"stop":["."],"logprobs":0"#
        try directory.write(
            line("greedy", "completions", greedy) + line("drawn", "completions", drawn), to: "batch.jsonl")
        let batch = try directory.writeJob(
            "generate", input: "batch.jsonl", output: "batch-rows.jsonl", options: "generate: {max_tokens: 3, seed: 1}",
            to: "b.yaml")
        var jobs = [batch]
        for (id, options) in [
            ("greedy", "max_tokens: 9, temperature: 0"),
            ("drawn", "max_tokens: 7, n: 2, seed: 5, top_k: 50, stop: ['.']"),
        ] {
            try directory.write(#"{"id":"\#(id)","text":"\#(prompt)"}"#, to: "\(id).jsonl")
            jobs.append(
                try directory.writeJob(
                    "generate", input: "\(id).jsonl", output: "\(id)-rows.jsonl",
                    options: "generate: {logprobs: true, \(options)}", to: "\(id).yaml"))
        }
        let ended = try Longscan.run(["run"] + jobs)
        #expect(ended.status == 0, "\(ended.errors)")
        let answers: [CompletionAnswer] = try directory.rows("batch-rows.jsonl")
        #expect(answers.map(\.customId) == ["greedy", "drawn"])
        for answer in answers {
            let rows: [GenerationRow] = try directory.rows("\(answer.customId)-rows.jsonl")
            let choices = answer.response.body.choices
            #expect(choices.map(\.text) == rows.map(\.text))
            #expect(choices.map(\.finishReason) == rows.map(\.finishReason))
            for (choice, row) in zip(choices, rows) {
                let logprobs = try #require(choice.logprobs)
                #expect(logprobs.tokens.joined() == choice.text)
                #expect(logprobs.tokenLogprobs == row.tokenLogprobs?.prefix(logprobs.tokens.count).map { $0 })
            }
        }
    }

    /// What an evaluation harness asks for: probabilities of the prompt's own tokens and whether they are the
    /// likeliest.
    @Test func anEchoedPromptHasTheScoresOfAScoreJob() throws {
        let text = Documents.text(words: 700, seed: 3)
        let quoted = String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
        try directory.write(
            line("e", "completions", #""prompt":\#(quoted),"echo":true,"logprobs":1,"max_tokens":0"#), to: "batch.jsonl"
        )
        try directory.write(#"{"id":"s","text":\#(quoted)}"#, to: "plain.jsonl")
        let batch = try directory.writeJob("generate", input: "batch.jsonl", output: "batch-rows.jsonl", to: "b.yaml")
        let score = try directory.writeJob(
            "score", input: "plain.jsonl", output: "score-rows.jsonl", options: "score: {per: token, logprobs: true}",
            to: "s.yaml")
        let ended = try Longscan.run(["run", batch, score])
        #expect(ended.status == 0, "\(ended.errors)")
        let answers: [CompletionAnswer] = try directory.rows("batch-rows.jsonl")
        let choice = try #require(answers.first?.response.body.choices.first)
        let rows: [ScoreRow] = try directory.rows("score-rows.jsonl")
        let row = try #require(rows.first)
        let logprobs = try #require(choice.logprobs)
        #expect(choice.text == text && choice.finishReason == "length")
        #expect(String(decoding: logprobs.tokens.flatMap(bytes), as: UTF8.self) == text)
        #expect(logprobs.tokenLogprobs == row.tokenLogprobs)
        let greedy = try #require(logprobs.topLogprobs).enumerated().map { place, top -> Bool? in
            top.map { $0.values.max() == logprobs.tokenLogprobs[place] }
        }
        #expect(greedy == row.isGreedy)
        #expect(Set(greedy) == [nil, true, false])
    }

    /// A token that is no text alone is written as `bytes:` and its bytes as `\xe2\x80`.
    private func bytes(of token: String) -> [UInt8] {
        guard token.hasPrefix("bytes:") else { return Array(token.utf8) }
        return token.dropFirst(6).split(separator: #"\x"#).compactMap { UInt8($0, radix: 16) }
    }
}
