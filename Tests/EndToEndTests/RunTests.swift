import Foundation
import TestSupport
import Testing

/// `longscan run`: the rows of every task.
@Suite struct RunTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Runs `job.yaml`, which must succeed and leave nothing but its results.
    private func run(_ options: String...) throws -> Ended {
        let ended = try Longscan.run(["run", "job.yaml"] + options, in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.isEmpty)
        #expect(!directory.exists("rows.work"))
        #expect(!directory.exists("rows.errors.jsonl"))
        return ended
    }

    private func writeTexts(_ counts: [Int]) throws -> [String] {
        let texts = counts.enumerated().map { Documents.text(words: $1, seed: UInt64($0)) }
        for (number, text) in texts.enumerated() {
            try directory.write(text, to: "texts/\(number).txt")
        }
        return texts
    }

    @Test(arguments: ["mamba-books-6m", "mamba2-books-6m"])
    func embedsDocuments(model: String) throws {
        let texts = try writeTexts([40, 1, 700])
        try directory.writeJob("embed", model: Longscan.model(model), input: "texts/*.txt")
        let ended = try run()
        #expect(ended.errors.contains("embed: 3 documents"))
        let rows: [EmbeddingRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["texts/0.txt", "texts/1.txt", "texts/2.txt"])
        #expect(rows.map(\.nBytes) == texts.map(\.utf8.count))
        for row in rows {
            #expect(row.embedding.count == 256)
            #expect(abs(row.embedding.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        }
        #expect(rows[0].nTokens > 40 && rows[0].nTokens < rows[2].nTokens)
    }

    @Test func embedsTheLastToken() throws {
        try directory.write(Documents.lines(tokenCounts: [300, 2]), to: "documents.jsonl")
        let mean = try directory.writeJob("embed", output: "mean.jsonl", to: "mean.yaml")
        let last = try directory.writeJob(
            "embed", output: "last.jsonl", options: "embed: {pooling: last}", to: "l.yaml")
        #expect(try Longscan.run(["run", mean, last]).status == 0)
        let means: [EmbeddingRow] = try directory.rows("mean.jsonl")
        let lasts: [EmbeddingRow] = try directory.rows("last.jsonl")
        #expect(lasts.map(\.id) == ["d0", "d1"])
        #expect(lasts.map(\.nTokens) == [300, 2])
        #expect(lasts.map(\.nBytes) == [nil, nil])
        #expect(zip(means, lasts).allSatisfy { $0.embedding != $1.embedding })
    }

    @Test func windowsCutTheTextExactly() throws {
        let texts = try writeTexts([500, 3])
        // A byte order mark is no part of the text, and the offsets are those of the file.
        try directory.write([0xEF, 0xBB, 0xBF] + Array(texts[0].utf8), to: "texts/2.txt")
        try directory.writeJob("embed", input: "texts/*.txt", options: "embed: {every: 100}")
        _ = try run()
        let rows: [WindowRow] = try directory.rows("rows.jsonl")
        for (number, id) in ["texts/0.txt", "texts/1.txt", "texts/2.txt"].enumerated() {
            let windows = rows.filter { $0.id == id }
            let bytes = try directory.bytes(id)
            #expect(windows.map(\.window) == Array(0..<windows.count))
            #expect(windows.map(\.tokenStart) == (0..<windows.count).map { $0 * 100 })
            #expect(windows.dropLast().allSatisfy { $0.tokenEnd == $0.tokenStart + 100 })
            #expect(windows.first?.byteStart == (number == 2 ? 3 : 0))
            #expect(windows.last?.byteEnd == bytes.count)
            #expect(zip(windows, windows.dropFirst()).allSatisfy { $0.byteEnd == $1.byteStart })
            // What lies between the offsets has the window's tokens: this vocabulary joins no words over a space.
            let ids = try tokenIDs(String(decoding: bytes.dropFirst(number == 2 ? 3 : 0), as: UTF8.self))
            #expect(windows.last?.tokenEnd == ids.count)
            for window in windows {
                let (start, end) = (try #require(window.byteStart), try #require(window.byteEnd))
                let decoded = try text(Array(ids[window.tokenStart..<window.tokenEnd]))
                #expect(decoded == String(decoding: bytes[start..<end], as: UTF8.self))
            }
        }
        let marked = rows.filter { $0.id == "texts/2.txt" }.map(\.embedding)
        #expect(marked == rows.filter { $0.id == "texts/0.txt" }.map(\.embedding))
    }

    private func tokenIDs(_ text: String) throws -> [Int] {
        struct Line: Codable {
            var text: String?
            var ids: [Int]?
        }
        let input = String(decoding: try JSONEncoder().encode(Line(text: text)), as: UTF8.self)
        let ended = try Longscan.run(["tokenize", Longscan.books], input: Array((input + "\n").utf8))
        return try #require(try JSON.decode(Line.self, from: ended.output).ids)
    }

    private func text(_ ids: [Int]) throws -> String {
        struct Line: Decodable {
            var text: String
        }
        let ended = try Longscan.run(["tokenize", Longscan.books, "--decode"], input: Array("{\"ids\":\(ids)}\n".utf8))
        return try JSON.decode(Line.self, from: ended.output).text
    }

    @Test func scoresDocuments() throws {
        let texts = try writeTexts([400, 1])
        try directory.write(Documents.line("one token", tokens: [300]), to: "more.jsonl")
        try directory.writeJob("score", input: "[texts/*.txt, more.jsonl]")
        _ = try run()
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["texts/0.txt", "texts/1.txt", "one token"])
        #expect(rows.map(\.nBytes) == [texts[0].utf8.count, texts[1].utf8.count, nil])
        let first = rows[0]
        #expect(first.nll > 0 && first.tokenIds == nil)
        let perplexity = try #require(first.perplexity)
        #expect(abs(perplexity / exp(first.nll / Double(first.nTokens - 1)) - 1) < 1e-12)
        let bits = try #require(first.bitsPerByte)
        #expect(abs(bits / (first.nll / log(2) / Double(texts[0].utf8.count)) - 1) < 1e-12)
        #expect(rows[2].nTokens == 1 && rows[2].nll == 0 && rows[2].perplexity == nil && rows[2].bitsPerByte == nil)
    }

    @Test func scoresTokens() throws {
        try directory.write(Documents.lines(tokenCounts: [1, 600]), to: "documents.jsonl")
        let document = try directory.writeJob("score", output: "document.jsonl", to: "document.yaml")
        let token = try directory.writeJob("score", output: "token.jsonl", options: "score: {per: token}", to: "t.yaml")
        #expect(try Longscan.run(["run", document, token]).status == 0)
        let documents: [ScoreRow] = try directory.rows("document.jsonl")
        let tokens: [ScoreRow] = try directory.rows("token.jsonl")
        for (number, count) in [1, 600].enumerated() {
            #expect(tokens[number].tokenIds == Documents.tokens(count, seed: 1000 + UInt64(number)))
            let logProbabilities = try #require(tokens[number].tokenLogprobs)
            #expect(logProbabilities.count == count)
            #expect(logProbabilities[0] == nil)
            #expect(logProbabilities.dropFirst().allSatisfy { ($0 ?? 1) <= 0 })
            let sum = logProbabilities.reduce(0) { $0 - Double($1 ?? 0) }
            #expect(abs(sum - tokens[number].nll) < 1e-3)
            #expect(tokens[number].nll == documents[number].nll)
        }
    }

    /// What greedy generation wrote is what scoring finds likeliest.
    @Test func scoresSayWhatIsGreedy() throws {
        try directory.write(Documents.lines(tokenCounts: [200]), to: "documents.jsonl")
        let generate = try directory.writeJob(
            "generate", output: "made.jsonl",
            options: "generate: {max_tokens: 60, temperature: 0, logprobs: true}", to: "g.yaml")
        #expect(try Longscan.run(["run", generate]).status == 0)
        let made: [GenerationRow] = try directory.rows("made.jsonl")
        let prompt = Documents.tokens(200, seed: 1000)
        let tokens = try #require(made[0].tokenIds)
        try directory.write(
            Documents.line("greedy", tokens: prompt + tokens) + Documents.line("one", tokens: [300])
                + Documents.line("other", tokens: prompt + tokens.map { ($0 + 1) % 4000 }), to: "documents.jsonl")
        let score = try directory.writeJob(
            "score", output: "scores.jsonl", options: "score: {per: token, logprobs: true}", to: "s.yaml")
        #expect(try Longscan.run(["run", score]).status == 0)
        let rows: [ScoreRow] = try directory.rows("scores.jsonl")
        let flags = try rows.map { try #require($0.isGreedy) }
        #expect(flags.map(\.count) == [260, 1, 260])
        #expect(flags.allSatisfy { $0[0] == nil && !$0.dropFirst().contains(nil) })
        #expect(flags[0][200...].allSatisfy { $0 == true })
        #expect(flags[2][200] == false)
        #expect(flags[0][..<200] == flags[2][..<200])
    }

    @Test func generatesGreedily() throws {
        _ = try writeTexts([60, 20])
        try directory.writeJob(
            "generate", input: "texts/*.txt",
            options: "generate: {max_tokens: 12, temperature: 0, n: 2, logprobs: true}")
        _ = try run()
        let rows: [GenerationRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["texts/0.txt", "texts/0.txt", "texts/1.txt", "texts/1.txt"])
        #expect(rows.map(\.sample) == [0, 1, 0, 1])
        #expect(rows[0].text == rows[1].text && rows[2].text == rows[3].text)
        for row in rows {
            let ids = try #require(row.tokenIds)
            #expect(ids.count == row.usage.completionTokens)
            #expect(row.finishReason == (ids.count == 12 ? "length" : "stop"))
            #expect(row.tokenLogprobs?.count == ids.count)
        }
    }

    @Test func aDryRunOfNoEndSaysSo() throws {
        try directory.write(Documents.lines(tokenCounts: [3, 4]), to: "documents.jsonl")
        try directory.writeJob("generate", options: "dtype: bf16\ngenerate: {max_tokens: 9223372036854775807, n: 3}")
        let ended = try Longscan.run(["run", "job.yaml", "--dry-run"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output.contains("to generate 9,223,372,036,854,775,807 tokens at most"))
        #expect(ended.output.contains("task        generate with \(Longscan.books) in bf16\n"))
    }

    @Test func aDryRunCountsTheRowsAndErrorRowsThatTheRunWrites() throws {
        let lines = [
            #"{"id": "a", "tokens": [1, 2]}"#, #"{"id": "a", "tokens": [3]}"#, #"{"id": "b", "tokens": []}"#,
            #"{"id": "c", "text": "no tokenizer"}"#, #"{"id": "d", "tokens": [1, 99999999]}"#, "{", #"{"tokens": [7]}"#,
        ]
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        try FileManager.default.removeItem(atPath: directory.path("tiny/tokenizer.json"))
        try directory.write(lines.map { $0 + "\n" }.joined(), to: "documents.jsonl")
        try directory.writeJob("score", model: directory.path("tiny"))
        let dry = try Longscan.run(["run", "job.yaml", "--dry-run"], in: directory.path)
        #expect(dry.output.contains("documents   2, and 5 that would be error rows"), "\(dry.output)")
        #expect(dry.output.contains("tokens      3\n"))
        #expect(dry.output.contains("documents.jsonl:2: an earlier document has the id 'a' already"))
        #expect(try Longscan.run(["run", "job.yaml"], in: directory.path).status == 2)
        let manifest = try directory.manifest()
        #expect(manifest.counts.documents == 2 && manifest.counts.errors == 5)
    }

    @Test func generatesFromASeed() throws {
        _ = try writeTexts([60, 20])
        let jobs = try [("a", 7), ("b", 7), ("c", 8)].map { name, seed in
            try directory.writeJob(
                "generate", input: "texts/*.txt", output: "\(name).jsonl",
                options: "generate: {max_tokens: 16, n: 2, seed: \(seed)}", to: "\(name).yaml")
        }
        #expect(try Longscan.run(["run"] + jobs).status == 0)
        #expect(try directory.bytes("a.jsonl") == directory.bytes("b.jsonl"))
        let rows: [GenerationRow] = try directory.rows("a.jsonl")
        let others: [GenerationRow] = try directory.rows("c.jsonl")
        #expect(rows.allSatisfy { $0.seed == 7 && $0.tokenIds == nil })
        #expect(Set((rows + others).map(\.text)).count == 8)
    }

    @Test func manifestSaysWhatMadeTheRows() throws {
        let texts = try writeTexts([30, 50])
        try directory.writeJob("score", input: "texts/*.txt")
        _ = try run()
        let manifest = try directory.manifest()
        #expect(manifest.state == "completed")
        #expect(manifest.jobId.count == 64)
        #expect(manifest.modelDigest.hasPrefix("sha256:"))
        #expect(manifest.inputs.map(\.path) == (0..<2).map { directory.path("texts/\($0).txt") })
        #expect(manifest.inputs.map(\.bytes) == texts.map(\.utf8.count))
        let sum = try RunningProcess("/usr/bin/sha256sum", [directory.path("texts/0.txt")]).ended().output
        #expect(sum.hasPrefix(manifest.inputs[0].sha256 + " "))
        #expect(manifest.profiles.map(\.documents) == [2] && manifest.profiles[0].profile.contains("float32"))
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(manifest.counts.documents == 2 && manifest.counts.errors == 0)
        #expect(manifest.counts.tokens == rows.reduce(0) { $0 + $1.nTokens })
        #expect(manifest.counts.outputBytes == (try directory.bytes("rows.jsonl").count))
    }

    @Test func finishedJobIsNotDoneAgain() throws {
        _ = try writeTexts([30])
        try directory.writeJob("score", input: "texts/*.txt")
        _ = try run()
        let (rows, manifest) = (try directory.bytes("rows.jsonl"), try directory.bytes("rows.manifest.json"))
        let again = try run()
        #expect(again.errors.contains("done before"))
        #expect(try directory.bytes("rows.jsonl") == rows)
        #expect(try directory.bytes("rows.manifest.json") == manifest)
    }

    @Test func quietSaysNothing() throws {
        _ = try writeTexts([3])
        try directory.writeJob("score", input: "texts/*.txt")
        #expect(try run("--quiet").errors.isEmpty)
    }

    @Test func emptyInputIsAnEmptyOutput() throws {
        try directory.write("", to: "documents.jsonl")
        try directory.writeJob("score")
        _ = try run()
        #expect(try directory.bytes("rows.jsonl").isEmpty)
        #expect(try directory.manifest().counts.documents == 0)
    }
}
