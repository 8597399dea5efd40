import Coordination
import Documents
import FoundationEssentials
import JobRuns
import Jobs
import TestSupport
import Testing
import Tokenization

@Suite struct OpenDocumentTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    @Test func anEmbeddingStandsForTheWholeDocument() throws {
        let document = try text("ab cd", task: .embed(EmbedOptions()))
        try document.append(FeedBatch(ids: [1, 2], byteCount: 3, isLast: false))
        try document.record(StepOutput())
        try document.append(FeedBatch(ids: [3], byteCount: 5, isLast: true))
        try document.record(StepOutput(embeddings: [.init(window: 0, tokens: 0..<3, vector: [0.5, -1])]))
        #expect(try rows(document) == [#"{"id":"a.txt","embedding":[0.5,-1.0],"n_tokens":3,"n_bytes":5}"#])
    }

    /// Bytes of windows are positions in the file, where the text begins behind a byte order mark.
    @Test(arguments: [("", 0), ("\u{FEFF}", 3)]) func windowsNameTheirBytesInTheFile(mark: String, offset: Int) throws {
        let document = try text(mark + "ab cd ef", task: .embed(EmbedOptions(windowTokens: 2)))
        try document.append(FeedBatch(ids: [1, 2, 3], windowEnds: [5], byteCount: 6, isLast: false))
        try document.append(FeedBatch(ids: [4, 5], windowEnds: [7, 8], byteCount: 8, isLast: true))
        let windows = [0..<2, 2..<4, 4..<5]
        for (window, tokens) in windows.enumerated() {
            try document.record(StepOutput(embeddings: [.init(window: window, tokens: tokens, vector: [1])]))
        }
        let bytes = [0..<5, 5..<7, 7..<8]
        let expected = zip(windows, bytes).enumerated().map { window, ranges in
            let (tokens, bytes) = ranges
            return #"{"id":"a.txt","window":\#(window),"token_start":\#(tokens.lowerBound),"#
                + #""token_end":\#(tokens.upperBound),"byte_start":\#(bytes.lowerBound + offset),"#
                + #""byte_end":\#(bytes.upperBound + offset),"embedding":[1.0]}"#
        }
        #expect(try rows(document) == expected)
    }

    @Test func aDocumentOfTokensHasNoBytes() throws {
        let batch = FeedBatch(ids: [7, 8], isLast: true)
        let vector: [StepOutput.Embedding] = [.init(window: 0, tokens: 0..<2, vector: [1])]

        let whole = try tokens(task: .embed(EmbedOptions()))
        try whole.append(batch)
        try whole.record(StepOutput(embeddings: vector))
        #expect(try rows(whole) == [#"{"id":"t","embedding":[1.0],"n_tokens":2,"n_bytes":null}"#])

        let windows = try tokens(task: .embed(EmbedOptions(windowTokens: 2)))
        try windows.append(batch)
        try windows.record(StepOutput(embeddings: vector))
        let row =
            #"{"id":"t","window":0,"token_start":0,"token_end":2,"#
            + #""byte_start":null,"byte_end":null,"embedding":[1.0]}"#
        #expect(try rows(windows) == [row])

        let score = try tokens(task: .score(ScoreOptions()))
        try score.append(batch)
        try score.record(StepOutput(tokenLogProbabilities: [.nan, 0], negativeLogLikelihood: 0, scoredTokens: 1))
        #expect(
            try rows(score)
                == [#"{"id":"t","n_tokens":2,"n_bytes":null,"nll":0.0,"perplexity":1.0,"bits_per_byte":null}"#])
    }

    @Test func aScoreIsTheSumOfTheLastStep() throws {
        let document = try text("abcd", task: .score(ScoreOptions()))
        try document.append(FeedBatch(ids: [1, 2, 3], byteCount: 4, isLast: true))
        try document.record(StepOutput(tokenLogProbabilities: [.nan, -1], negativeLogLikelihood: 1, scoredTokens: 1))
        try document.record(StepOutput(tokenLogProbabilities: [-2], negativeLogLikelihood: 3, scoredTokens: 2))
        let row = try #require(try rows(document).first)
        #expect(row.hasPrefix(#"{"id":"a.txt","n_tokens":3,"n_bytes":4,"nll":3.0,"perplexity":4.48"#))
    }

    private struct TokenScores: Decodable {
        var nTokens: Int
        var tokenIds: [Int32]
        var tokenLogprobs: [Float?]
        var isGreedy: [Bool?]?
    }

    /// More tokens than a spool keeps in memory; the first of a window has nothing before it and no probability.
    @Test(arguments: [1, 5, 16_384, 16_385, 40_000], [false, true])
    func everyTokenIsScored(count: Int, saysGreedy: Bool) throws {
        let options = ScoreOptions(per: .token, windowTokens: 10_000, logprobs: saysGreedy)
        let document = try tokens(task: .score(options))
        let flags = (0..<count).map { $0 % 10_000 != 0 && $0 % 3 == 0 }
        let ids = (0..<count).map { Int32($0 % 1000) }
        let values = (0..<count).map { $0 % 10_000 == 0 ? Float.nan : -Float($0) / 7 }
        for start in stride(from: 0, to: count, by: 2048) {
            let piece = start..<min(start + 2048, count)
            try document.append(FeedBatch(ids: Array(ids[piece]), isLast: piece.upperBound == count))
        }
        for start in stride(from: 0, to: count, by: 512) {
            let step = start..<min(start + 512, count)
            try document.record(
                StepOutput(
                    tokenLogProbabilities: Array(values[step]), isLikeliest: saysGreedy ? Array(flags[step]) : [],
                    negativeLogLikelihood: 1))
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let lines = try rows(document)
        #expect(lines.count == 1)
        let row = try decoder.decode(TokenScores.self, from: Data(lines[0].utf8))
        #expect(row.nTokens == count)
        #expect(row.tokenIds == ids)
        #expect(row.tokenLogprobs == values.map { $0.isNaN ? nil : $0 })
        #expect(row.isGreedy == (saysGreedy ? zip(flags, values).map { $1.isNaN ? nil : $0 } : nil))
    }

    @Test func everySampleIsARow() throws {
        let options = GenerateOptions(maxTokens: 4, samples: 2, seed: 9, logprobs: true)
        let tokenizer = try DemoModel.tokenizer()
        let document = try text("ab", task: .generate(options), decoder: tokenizer)
        try document.append(FeedBatch(ids: [1, 2], byteCount: 2, isLast: true))
        try document.record(StepOutput())
        let first = tokenizer.encode("one two three")
        try #require(first.count > 1)
        try document.record(generated(first.prefix(1), [-0.5]))
        let rest = first.dropFirst()
        try document.record(generated(rest, rest.map { _ in -1 }, finish: .stop, textEnd: 7))
        let second = tokenizer.encode("four")
        try document.record(generated(second[...], second.map { _ in -2 }, finish: .length))
        let ids = [first, second].map { $0.map(String.init).joined(separator: ",") }
        let logprobs = [
            (["-0.5"] + rest.map { _ in "-1.0" }).joined(separator: ","),
            second.map { _ in "-2.0" }.joined(separator: ","),
        ]
        let expected = [("one two", "stop", first), ("four", "length", second)].enumerated().map { sample, made in
            #"{"id":"a.txt","sample":\#(sample),"text":"\#(made.0)","finish_reason":"\#(made.1)","#
                + #""usage":{"prompt_tokens":2,"completion_tokens":\#(made.2.count)},"seed":9,"#
                + #""token_ids":[\#(ids[sample])],"token_logprobs":[\#(logprobs[sample])]}"#
        }
        #expect(try rows(document) == expected)
    }

    /// A document that is lost at any step starts again and has the rows that it would have had.
    @Test(arguments: 0..<4, ["windows", "scores", "greedy", "samples"])
    func aRestartChangesNoRow(lostAfter: Int, task: String) throws {
        let (options, steps) = try #require(Self.runs[task])
        func started() throws -> OpenDocument {
            let document = try text("abcdef", task: options)
            try document.append(FeedBatch(ids: [1, 2, 3], windowEnds: [2, 4, 6], byteCount: 6, isLast: true))
            return document
        }
        let undisturbed = try started()
        for step in steps { try undisturbed.record(step) }
        let disturbed = try started()
        for step in steps.prefix(lostAfter) { try disturbed.record(step) }
        try disturbed.restart()
        for step in steps { try disturbed.record(step) }
        let expected = try rows(undisturbed)
        #expect(!expected.isEmpty)
        #expect(try rows(disturbed) == expected)
    }

    private static let runs: [String: (Job.Task, [StepOutput])] = [
        "windows": (
            .embed(EmbedOptions(windowTokens: 1)),
            (0..<3).map { StepOutput(embeddings: [.init(window: $0, tokens: $0..<$0 + 1, vector: [Float($0)])]) }
        ),
        "scores": (
            .score(ScoreOptions(per: .token)),
            (0..<3).map {
                StepOutput(tokenLogProbabilities: [$0 == 0 ? .nan : -1], negativeLogLikelihood: Double($0))
            }
        ),
        "greedy": (
            .score(ScoreOptions(per: .token, logprobs: true)),
            (0..<3).map {
                StepOutput(
                    tokenLogProbabilities: [$0 == 0 ? .nan : -1], isLikeliest: [$0 == 1],
                    negativeLogLikelihood: Double($0))
            }
        ),
        "samples": (
            .generate(GenerateOptions(logprobs: true)),
            (0..<3).map {
                StepOutput(generated: .init(tokens: [5], logProbabilities: [-1], finish: $0 == 2 ? .stop : nil))
            }
        ),
    ]

    private func generated(
        _ tokens: ArraySlice<Int32>, _ logProbabilities: [Float], finish: FinishReason? = nil,
        textEnd: Int? = nil
    ) -> StepOutput {
        StepOutput(
            generated: .init(
                tokens: Array(tokens), logProbabilities: logProbabilities, finish: finish, textEnd: textEnd))
    }

    private func rows(_ document: OpenDocument) throws -> [String] {
        var bytes: [UInt8] = []
        try document.finishedRows().forEachPiece { bytes += $0 }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.last == "", "every row ends its line")
        return lines.dropLast().map(String.init)
    }

    private func text(_ contents: String, task: Job.Task, decoder: Tokenizer? = nil) throws -> OpenDocument {
        try directory.write(contents, to: "a.txt")
        return try open("a.txt", task, decoder)
    }

    private func tokens(task: Job.Task) throws -> OpenDocument {
        try directory.write(#"{"id":"t","tokens":[1]}"#, to: "t.jsonl")
        return try open("t.jsonl", task, nil)
    }

    private func open(_ name: String, _ task: Job.Task, _ decoder: Tokenizer?) throws -> OpenDocument {
        var reader = DocumentReader(try InputFiles([directory.input(name)]))
        guard case .begin(let header) = try reader.next() else { throw NoDocument() }
        let paths = JobPaths(output: directory.path + "/rows.jsonl")
        try createDirectories(paths.work)
        return try OpenDocument(header, task: task, modelName: "tiny", decoder: decoder, paths: paths)
    }

    private struct NoDocument: Error {}
}
