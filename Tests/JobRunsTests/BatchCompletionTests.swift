import Coordination
import Documents
import FoundationEssentials
import JobRuns
import Jobs
import TestSupport
import Testing
import Tokenization

/// The row of an OpenAI batch line for a completion, from the results of its document's steps.
@Suite struct BatchCompletionTests {
    let directory: TemporaryDirectory
    let tokenizer: Tokenizer

    init() throws {
        directory = try TemporaryDirectory()
        tokenizer = try DemoModel.tokenizer()
    }

    private struct Row: Decodable {
        struct Response: Decodable { var body: Body }
        struct Body: Decodable {
            var choices: [Choice]
            var usage: Usage
            var model: String
        }
        struct Usage: Decodable {
            var promptTokens: Int
            var completionTokens: Int
            var totalTokens: Int
        }
        struct Choice: Decodable {
            var text: String
            var tokenIds: [Int32]?
            var index: Int
            var logprobs: Logprobs?
            var finishReason: String
        }
        struct Logprobs: Decodable {
            var tokens: [String]
            var tokenLogprobs: [Float?]
            var topLogprobs: [[String: Float]?]?
            var textOffset: [Int]
        }
        var customId: String
        var response: Response
    }

    private static let sea = " sea"

    @Test func allSamplesAreInOneRow() throws {
        let document = try open(#""prompt":"The whale","n":2,"max_tokens":2"#)
        try document.append(batch("The whale"))
        try document.record(StepOutput())
        try document.record(generated(" one two", finish: .length))
        try document.record(generated(" three", finish: .stop, textEnd: 4))
        let row = try row(of: document)
        #expect(row.customId == "c" && row.response.body.model == "tiny")
        let choices = row.response.body.choices
        #expect(choices.map(\.text) == [" one two", " thr"])
        #expect(choices.map(\.index) == [0, 1])
        #expect(choices.map(\.finishReason) == ["length", "stop"])
        #expect(choices.allSatisfy { $0.logprobs == nil })
        let (prompt, made) = (ids("The whale").count, ids(" one two").count + ids(" three").count)
        let usage = row.response.body.usage
        #expect([usage.promptTokens, usage.completionTokens, usage.totalTokens] == [prompt, made, prompt + made])
    }

    /// What loglikelihood requests ask for: the document's own probabilities and one token that nobody needs.
    @Test func anEchoBeginsWithTheDocument() throws {
        let text = "The whale swam"
        let prompt = ids(text)
        let document = try open(#""prompt":"\#(text)","echo":true,"logprobs":1,"max_tokens":1"#)
        try document.append(batch(text))
        let likeliest = ids(Self.sea)[0]
        let scores = prompt.indices.map { $0 == 0 ? Float.nan : -Float($0) }
        // The likeliest token in every place is the document's own in even ones, " sea" in others.
        let top = TopTokens(
            count: 1, tokens: prompt.indices.map { $0 == 0 ? -1 : $0 % 2 == 0 ? prompt[$0] : likeliest },
            logProbabilities: prompt.indices.map { $0 == 0 ? .nan : $0 % 2 == 0 ? -Float($0) : -0.5 })
        try document.record(StepOutput(tokenLogProbabilities: scores, top: top))
        let sea = StepOutput.Generated(
            tokens: [likeliest], logProbabilities: [-0.25],
            top: TopTokens(count: 1, tokens: [likeliest], logProbabilities: [-0.25]), finish: .length)
        try document.record(StepOutput(generated: sea))
        let choice = try #require(try row(of: document).response.body.choices.first)
        let logprobs = try #require(choice.logprobs)
        let pieces = (prompt + [likeliest]).map { String(decoding: tokenizer.bytes(of: $0) ?? [], as: UTF8.self) }
        #expect(choice.text == text + Self.sea)
        #expect(logprobs.tokens == pieces)
        #expect(logprobs.tokenLogprobs == scores.map { $0.isNaN ? nil : $0 } + [-0.25])
        let candidates = try #require(logprobs.topLogprobs)
        for (place, top) in candidates.enumerated() {
            guard place > 0 else {
                #expect(top == nil)
                continue
            }
            let own = place < prompt.count ? -Float(place) : -0.25
            let expected =
                place % 2 == 0 || place == prompt.count ? [pieces[place]: own] : [pieces[place]: own, Self.sea: -0.5]
            #expect(top == expected)
        }
        #expect(logprobs.textOffset == pieces.indices.map { pieces[..<$0].joined().count })
    }

    /// The document's tokens fill more than one piece of a spool.
    @Test func aLongDocumentIsEchoed() throws {
        let text = String(repeating: "The whale swam to sea. ", count: 5000)
        let document = try open(#""prompt":"\#(text)","echo":true,"logprobs":0,"n":2,"max_tokens":1"#)
        let prompt = ids(text)
        try #require(prompt.count > 20_000)
        try document.append(batch(text))
        for start in stride(from: 0, to: prompt.count, by: 2048) {
            let places = start..<min(start + 2048, prompt.count)
            try document.record(StepOutput(tokenLogProbabilities: places.map { $0 == 0 ? .nan : -Float($0) }))
        }
        for _ in 0..<2 { try document.record(generated(Self.sea, [-1], finish: .length)) }
        let choices = try row(of: document).response.body.choices
        for choice in choices {
            #expect(choice.text == text + Self.sea)
            let scores = prompt.indices.map { $0 == 0 ? nil : -Float($0) }
            #expect(choice.logprobs?.tokenLogprobs == scores + [-1])
            #expect(choice.logprobs?.topLogprobs == nil)
        }
        #expect(choices.count == 2)
    }

    @Test func tokensWithoutATokenizerAreNamedByTheirIDs() throws {
        let document = try open(#""prompt":[7,8],"echo":true,"logprobs":0"#, decoder: nil)
        try document.append(FeedBatch(ids: [7, 8], isLast: true))
        try document.record(StepOutput(tokenLogProbabilities: [.nan, -1]))
        try document.record(StepOutput(generated: .init(tokens: [9], logProbabilities: [-2], finish: .length)))
        let choice = try #require(try row(of: document).response.body.choices.first)
        #expect(choice.logprobs?.tokens == ["token_id:7", "token_id:8", "token_id:9"])
        #expect(choice.text == "" && choice.tokenIds == [7, 8, 9])
    }

    @Test(arguments: 0..<3) func aRestartChangesNothing(lostAfter: Int) throws {
        let steps = [
            StepOutput(tokenLogProbabilities: [.nan, -1]), generated(" one", [-1], finish: .stop),
            generated(" two", [-2], finish: .stop),
        ]
        func started() throws -> OpenDocument {
            let document = try open(#""prompt":[7,8],"echo":true,"logprobs":0,"n":2"#)
            try document.append(FeedBatch(ids: [7, 8], isLast: true))
            return document
        }
        let undisturbed = try started()
        for step in steps { try undisturbed.record(step) }
        let disturbed = try started()
        for step in steps.prefix(lostAfter) { try disturbed.record(step) }
        try disturbed.restart()
        for step in steps { try disturbed.record(step) }
        #expect(try bytes(of: disturbed) == bytes(of: undisturbed))
    }

    @Test func anEmbeddingIsOneRow() throws {
        let line =
            #"{"custom_id":"e","method":"POST","url":"/v1/embeddings","body":{"input":[1,2],"encoding_format":"float"}}"#
        let document = try open(line: line, task: .embed(EmbedOptions(encoding: .base64)), decoder: nil)
        try document.append(FeedBatch(ids: [1, 2], isLast: true))
        try document.record(StepOutput(embeddings: [.init(window: 0, tokens: 0..<2, vector: [0.5])]))
        let id = try #require(document.header.batchID)
        #expect(
            String(decoding: try bytes(of: document), as: UTF8.self)
                == #"{"id":"batch_req_\#(id)","custom_id":"e","response":{"status_code":200,"request_id":"req_\#(id)","#
                + #""body":{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"tiny","#
                + #""usage":{"prompt_tokens":2,"total_tokens":2}}},"error":null}"# + "\n")
    }

    /// Two texts with two samples each, taken up by another process after every result.
    @Test func severalPromptsAreAnsweredInOneRow() throws {
        let line =
            #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"prompt":[[7,8],[5]],"n":2,"echo":true,"#
            + #""logprobs":0}}"#
        let steps = [
            StepOutput(tokenLogProbabilities: [.nan, -1]), generated(" one", [-1], finish: .stop),
            generated(" two", [-2], finish: .stop), StepOutput(tokenLogProbabilities: [.nan]),
            generated(" three", [-3], finish: .length), generated(" four", [-4], finish: .stop),
        ]
        func started(_ progress: OpenDocument.Progress? = nil) throws -> OpenDocument {
            let document = try open(
                line: line, task: .generate(GenerateOptions()), decoder: tokenizer, progress: progress)
            try document.append(FeedBatch(ids: [7, 8], textEnds: [2], isLast: false))
            try document.append(FeedBatch(ids: [5], textEnds: [3], isLast: true))
            return document
        }
        let whole = try started()
        for step in steps { try whole.record(step) }
        let expected = try bytes(of: whole)
        let row = try row(of: expected)
        let prompts = ["7,8", "5"].map { $0.split(separator: ",").compactMap { Int32($0) } }
        let texts = prompts.map { tokenizer.decode($0, skippingSpecialTokens: false) }
        #expect(
            row.response.body.choices.map(\.text)
                == [texts[0] + " one", texts[0] + " two", texts[1] + " three", texts[1] + " four"])
        #expect(row.response.body.choices.map(\.index) == [0, 1, 2, 3])
        let prefixes: [[Float?]] = [[nil, -1], [nil, -1], [nil], [nil]]
        for (number, (choice, prefix)) in zip(row.response.body.choices, prefixes).enumerated() {
            #expect(choice.logprobs?.tokenLogprobs == prefix + [-Float(number + 1)])
        }
        let made = [" one", " two", " three", " four"].reduce(0) { $0 + ids($1).count }
        let usage = row.response.body.usage
        #expect([usage.promptTokens, usage.completionTokens, usage.totalTokens] == [3, made, 3 + made])
        whole.removeFiles()

        var progress: OpenDocument.Progress?
        for step in steps {
            let document = try started(try progress.map { try .init(json: $0.json()) })
            try document.record(step)
            try document.synchronize()
            progress = document.progress
        }
        #expect(try bytes(of: started(progress)) == expected)
    }

    @Test func severalInputsAreAnsweredInOneRow() throws {
        let line = #"{"custom_id":"e","method":"POST","url":"/v1/embeddings","body":{"input":[[1,2],[3]]}}"#
        func started(_ progress: OpenDocument.Progress? = nil) throws -> OpenDocument {
            let document = try open(line: line, task: .embed(EmbedOptions()), decoder: nil, progress: progress)
            try document.append(FeedBatch(ids: [1, 2, 3], textEnds: [2, 3], isLast: true))
            return document
        }
        let first = try started()
        try first.record(StepOutput(embeddings: [.init(window: 0, tokens: 0..<2, vector: [0.5])]))
        try first.synchronize()
        let second = try started(first.progress)
        try second.record(StepOutput(embeddings: [.init(window: 0, tokens: 0..<1, vector: [2])]))
        let text = String(decoding: try bytes(of: second), as: UTF8.self)
        #expect(
            text.contains(
                #""data":[{"object":"embedding","index":0,"embedding":[0.5]},"#
                    + #"{"object":"embedding","index":1,"embedding":[2.0]}],"model":"tiny","#
                    + #""usage":{"prompt_tokens":3,"total_tokens":3}"#))
    }

    private func ids(_ text: String) -> [Int32] { tokenizer.encode(text) }

    private func batch(_ text: String) -> FeedBatch {
        FeedBatch(ids: ids(text), byteCount: text.utf8.count, isLast: true)
    }

    private func generated(
        _ text: String, _ logProbabilities: [Float] = [], finish: FinishReason, textEnd: Int? = nil
    ) -> StepOutput {
        StepOutput(
            generated: .init(
                tokens: ids(text), logProbabilities: logProbabilities, finish: finish, textEnd: textEnd))
    }

    private func open(_ body: String) throws -> OpenDocument {
        try open(body, decoder: tokenizer)
    }

    private func open(_ body: String, decoder: Tokenizer?) throws -> OpenDocument {
        let line = #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"model":"m",\#(body)}}"#
        return try open(line: line, task: .generate(GenerateOptions()), decoder: decoder)
    }

    private func open(
        line: String, task: Job.Task, decoder: Tokenizer?, progress: OpenDocument.Progress? = nil
    ) throws -> OpenDocument {
        try directory.write(line, to: "in.jsonl")
        var reader = DocumentReader(try InputFiles([directory.input("in.jsonl")]))
        guard case .begin(let header) = try reader.next(), let request = header.request else { throw NoRequest() }
        let paths = JobPaths(output: directory.path + "/rows.jsonl")
        try createDirectories(paths.work)
        return try OpenDocument(
            header, task: try request.task(of: task, embeddingWidth: 1), modelName: "tiny", decoder: decoder,
            paths: paths, progress: progress)
    }

    private struct NoRequest: Error {}

    private func bytes(of document: OpenDocument) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try document.finishedRows().forEachPiece { bytes += $0 }
        return bytes
    }

    private func row(of document: OpenDocument) throws -> Row {
        try row(of: try bytes(of: document))
    }

    private func row(of bytes: [UInt8]) throws -> Row {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == 1 && bytes.last == UInt8(ascii: "\n"))
        return try decoder.decode(Row.self, from: Data(bytes))
    }
}
