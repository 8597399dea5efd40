import Foundation
import TestSupport
import Testing

/// Which documents are the same, and what rows of one job are as documents of the next.
@Suite struct IdentityTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private struct SampleRow: Decodable {
        let id: String
        let sample: Int?
    }

    private func run(_ jobs: String..., status: Int32 = 0) throws {
        let ended = try Longscan.run(["run"] + jobs)
        #expect(ended.status == status, "\(ended.errors)")
    }

    /// NFC and NFD of one word: near each other, and with more documents between than are open at a time.
    @Test(arguments: [1, 700]) func idsAreTheirBytes(between: Int) throws {
        let ids = ["caf\u{e9}"] + (0..<between).map { "g\($0)" } + ["cafe\u{301}", "K", "\u{212a}"]
        try directory.write(ids.map { Documents.line($0, tokens: [300]) }.joined(), to: "documents.jsonl")
        let job = try directory.writeJob("embed")
        let dry = try Longscan.run(["run", job, "--dry-run"])
        #expect(dry.status == 0 && dry.output.contains(", and 0 that would be error rows"), "\(dry.output)")
        try run(job)
        let rows: [SampleRow] = try directory.rows("rows.jsonl")
        #expect(rows.map { Array($0.id.utf8) } == ids.map { Array($0.utf8) })
    }

    @Test func samplesAreDocuments() throws {
        try directory.write(
            Documents.line("a", tokens: [300, 301, 302]) + Documents.line("b", tokens: [400, 401]),
            to: "documents.jsonl")
        let generate = try directory.writeJob(
            "generate", output: "samples.jsonl", options: "generate: {n: 3, max_tokens: 6}", to: "g.yaml")
        try run(generate)
        let expected = ["a", "b"].flatMap { id in (0..<3).map { [id, "\($0)"] } }
        for (task, options) in [
            ("score", ""), ("embed", ""), ("embed", "embed: {every: 100}"), ("generate", "generate: {max_tokens: 3}"),
        ] {
            try? FileManager.default.removeItem(atPath: directory.path + "/rows.jsonl")
            try run(try directory.writeJob(task, input: "samples.jsonl", options: options, to: "next.yaml"))
            let rows: [SampleRow] = try directory.rows("rows.jsonl")
            #expect(rows.map { [$0.id, $0.sample.map(String.init) ?? "none"] } == expected, "\(task) \(options)")
        }
        // Samples of samples are told apart too.
        try? FileManager.default.removeItem(atPath: directory.path + "/rows.jsonl")
        try run(
            try directory.writeJob(
                "generate", input: "samples.jsonl", options: "generate: {n: 2, max_tokens: 3}", to: "next.yaml"))
        let rows: [SampleRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.sample) == Array(0..<6) + Array(0..<6))
        #expect(Set(rows.map { "\($0.id) \($0.sample ?? -1)" }).count == 12)
    }

    @Test func aSampleThatCameBeforeIsAnErrorRow() throws {
        let line = #"{"id":"a","sample":1,"tokens":[300]}"# + "\n"
        try directory.write(line + line, to: "documents.jsonl")
        try run(try directory.writeJob("embed"), status: 2)
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.code) == ["duplicate_id"])
        #expect(errors.map(\.message) == ["document 1 of the inputs has the id 'a' and sample 1 already"])
    }

    private struct TokenRow: Decodable {
        let id: String
        let text: String?
        let tokenIds: [Int]
    }

    /// What was generated is not lost, and is the next job's document.
    @Test func generationWithoutATokenizerGivesTokens() throws {
        let model = directory.path + "/model"
        try TinyModel.write(to: model, seed: 3)
        try FileManager.default.removeItem(atPath: model + "/tokenizer.json")
        let batch =
            #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"prompt":[7,8],"max_tokens":4}}"# + "\n"
        try directory.write(Documents.line("a", tokens: [300, 301]), to: "documents.jsonl")
        try directory.write(batch, to: "batch.jsonl")
        let options = "generate: {max_tokens: 4, temperature: 0}"
        try run(
            try directory.writeJob("generate", model: model, output: "made.jsonl", options: options, to: "g.yaml"),
            try directory.writeJob(
                "generate", model: model, input: "batch.jsonl", output: "batch-rows.jsonl", options: options,
                to: "b.yaml"))
        let rows: [TokenRow] = try directory.rows("made.jsonl")
        #expect(rows.map(\.tokenIds.count) == [4] && rows[0].text == nil)
        let answer = String(decoding: try directory.bytes("batch-rows.jsonl"), as: UTF8.self)
        #expect(answer.contains(#""choices":[{"text":"","token_ids":["#), "\(answer)")
        try run(
            try directory.writeJob(
                "score", model: model, input: "made.jsonl", output: "scores.jsonl", options: "score: {per: token}",
                to: "s.yaml"))
        let scores: [ScoreRow] = try directory.rows("scores.jsonl")
        #expect(scores.map(\.tokenIds) == rows.map(\.tokenIds))
    }
}
