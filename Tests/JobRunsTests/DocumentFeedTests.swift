import Coordination
import Documents
import Glibc
import JobRuns
import Jobs
import Synchronization
import TestSupport
import Testing
import Threads
import Tokenization

@Suite struct DocumentFeedTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    // MARK: - Batches

    @Test func batchesHoldTheTokensOfTheText() throws {
        let text = Self.words(40_000, seed: 1)
        try directory.write(text, to: "a.txt")
        let model = try DemoModel.ofText()
        let batches = try FeedReading(model: model).events(of: [directory.input("a.txt")]).batches
        #expect(batches.flatMap(\.ids) == model.tokenizer?.encode(text))
        #expect(batches.count > 3)
        #expect(batches.dropLast().allSatisfy { $0.ids.count >= DocumentFeed.tokensPerBatch && !$0.isLast })
        #expect(batches.last?.isLast == true)
        #expect(batches.last?.byteCount == text.utf8.count)
        #expect(batches.map(\.byteCount) == batches.map(\.byteCount).sorted())
    }

    @Test func tokensComeAsTheyAre() throws {
        let ids = (0..<20_000).map { $0 % 1000 }
        try directory.write(#"{"id":"t","tokens":\#(ids)}"#, to: "t.jsonl")
        let events = try FeedReading(model: DemoModel.ofTokens).events(of: [directory.input("t.jsonl")])
        #expect(events.batches.flatMap(\.ids) == ids.map(Int32.init))
        #expect(events.batches.allSatisfy { $0.byteCount == 0 })
        #expect(events.outline.last == "exhausted after 1")
    }

    @Test(arguments: ["a.txt", "a.jsonl"]) func aDocumentWithoutTextIsOneEmptyBatch(name: String) throws {
        try directory.write(name == "a.txt" ? "" : #"{"text":""}"#, to: name)
        let reading = FeedReading(model: try DemoModel.ofText(), task: .embed(EmbedOptions(windowTokens: 4)))
        let events = try reading.events(of: [directory.input(name)])
        #expect(events.outline == ["0 opened", "0 last batch", "exhausted after 1"])
        #expect(events.batches[0].ids.isEmpty)
        #expect(events.batches[0].windowEnds.isEmpty)
    }

    @Test(arguments: [1, 7, 256, 8191, 8192, 8193, 20_000, 1_000_000])
    func windowsEndWhereTheirLastTokenEnds(windowTokens: Int) throws {
        let text = Self.words(20_000, seed: 2)
        try directory.write(text, to: "a.txt")
        let model = try DemoModel.ofText()
        var tokens = TokenBatch()
        var stream = try #require(model.tokenizer).stream()
        stream.append(text.utf8, into: &tokens)
        stream.finish(into: &tokens)
        let lastTokens = stride(from: windowTokens, to: tokens.count, by: windowTokens) + [tokens.count]
        let batches = try FeedReading(model: model, task: .embed(EmbedOptions(windowTokens: windowTokens)))
            .events(of: [directory.input("a.txt")]).batches
        #expect(batches.flatMap(\.windowEnds) == lastTokens.map { Int64(tokens.byteEnds[$0 - 1]) })
    }

    // MARK: - What it is told

    @Test(arguments: [0, 1, 3]) func noMoreBatchesComeThanAreTaken(taken: Int) throws {
        let ids = Array(repeating: 1, count: 2 * DocumentFeed.batchesAhead * 16_384)
        try directory.write(#"{"id":"t","tokens":\#(ids)}"#, to: "t.jsonl")
        let commands = [FeedCommand.open(1)] + Array(repeating: .took, count: taken)
        let events = try FeedReading(model: DemoModel.ofTokens).events(of: [directory.input("t.jsonl")], commands)
        #expect(events.batches.count == DocumentFeed.batchesAhead + taken)
        #expect(events.batches.last?.isLast == false)
    }

    @Test func noMoreDocumentsBeginThanAreAskedFor() throws {
        try directory.write(Self.lines(["[1]", "0", "[2]", "[3]", "[4]"]), to: "t.jsonl")
        let reading = FeedReading(model: DemoModel.ofTokens)
        let inputs = [directory.input("t.jsonl")]
        #expect(try reading.events(of: inputs, []).isEmpty)
        let two = ["0 opened", "0 last batch", "1 rejected: invalid_field"]
        #expect(try reading.events(of: inputs, [.open(2)]).outline == two)
        let four = two + ["2 opened", "2 last batch", "3 opened", "3 last batch"]
        #expect(try reading.events(of: inputs, [.open(2), .open(2)]).outline == four)
    }

    @Test func itEndsWhenItIsToldTo() throws {
        try directory.write(Self.lines(["[1]", "[2]", "[3]"]), to: "t.jsonl")
        let reading = FeedReading(model: DemoModel.ofTokens)
        let events = try reading.events(of: [directory.input("t.jsonl")], [.open(3)], goOn: true) { event, commands in
            if case .batch = event { commands.post(.stop) }
        }
        #expect(events.outline == ["0 opened", "0 last batch"])
    }

    @Test func finishedDocumentsArePassedOver() throws {
        try directory.write("first", to: "in/a.txt")
        try directory.write(Self.lines(["[1]", "0", "[2]", "0", "[3]"]), to: "in/b.jsonl")
        try directory.write("last", to: "in/c.txt")
        let reading = FeedReading(model: try DemoModel.ofText(), finished: [0, 2, 3, 4])
        let expected = [
            "1 opened", "1 last batch", "5 opened", "5 last batch", "6 opened", "6 last batch",
            "exhausted after 7",
        ]
        #expect(try reading.events(of: [directory.input("in")], [.open(4)]).outline == expected)
    }

    // MARK: - Documents that are errors

    @Test func textNeedsATokenizer() throws {
        try directory.write("text", to: "in/a.txt")
        try directory.write(#"{"text":"b"}"# + "\n" + #"{"tokens":[1]}"#, to: "in/b.jsonl")
        let events = try FeedReading(model: DemoModel.ofTokens).events(of: [directory.input("in")])
        #expect(
            events.outline == [
                "0 rejected: no_tokenizer", "1 rejected: no_tokenizer", "2 opened", "2 last batch",
                "exhausted after 3",
            ])
        guard case .rejected(_, let problem) = events[0] else { return }
        #expect(
            problem.message
                == "the model has no tokenizer.json, which texts need: copy it into the model's directory, or give tokens"
        )
    }

    /// Lines have tasks of their own, of either endpoint.
    @Test func aBatchLineSaysWhatIsDoneWithItsDocument() throws {
        let lines = [
            #"{"custom_id":"a","method":"POST","url":"/v1/completions","body":{"prompt":"x"}}"#,
            #"{"custom_id":"b","method":"POST","url":"/v1/embeddings","body":{"input":"x y","encoding_format":"base64"}}"#,
            #"{"tokens":[1]}"#,
        ]
        try directory.write(lines.joined(separator: "\n"), to: "t.jsonl")
        let windows = Job.Task.embed(EmbedOptions(windowTokens: 1))
        let events = try FeedReading(model: try DemoModel.ofText(), task: windows)
            .events(of: [directory.input("t.jsonl")])
        #expect(
            events.outline == [
                "0 opened", "0 last batch", "1 opened", "1 last batch", "2 opened", "2 last batch",
                "exhausted after 3",
            ])
        let tasks = events.compactMap { if case .opened(_, let task) = $0 { task } else { nil } }
        #expect(tasks == [.generate(GenerateOptions()), .embed(EmbedOptions(encoding: .base64)), windows])
        #expect(events.batches.map(\.windowEnds.count) == [0, 0, 1])
    }

    /// Each text is tokenised alone.
    @Test func aDocumentOfSeveralTextsSaysWhereTheyEnd() throws {
        let texts = ["The whale", " swam", "to sea and back"]
        let body = #"{"input":["\#(texts[0])","\#(texts[1])","\#(texts[2])"]}"#
        try directory.write(
            #"{"custom_id":"a","method":"POST","url":"/v1/embeddings","body":\#(body)}"#, to: "t.jsonl")
        let model = try DemoModel.ofText()
        let tokenizer = try #require(model.tokenizer)
        let batches = try FeedReading(model: model).events(of: [directory.input("t.jsonl")]).batches
        #expect(batches.flatMap(\.ids) == texts.flatMap(tokenizer.encode))
        let lengths = texts.map { tokenizer.encode($0).count }
        #expect(batches.flatMap(\.textEnds) == [lengths[0], lengths[0] + lengths[1], lengths.reduce(0, +)])
    }

    // MARK: - Text and bytes for rows

    /// A text without a space is not held back until its tokens come.
    @Test(arguments: [true, false]) func theTextComesWithItsTokensIfRowsRepeatIt(isAskedFor: Bool) throws {
        let text = Self.words(20_000, seed: 2) + String(repeating: "é", count: 300_000)
        try directory.write(text, to: "a.txt")
        let task = Job.Task.embed(EmbedOptions(windowTokens: 7, text: isAskedFor))
        let batches = try FeedReading(model: try DemoModel.ofText(), task: task)
            .events(of: [directory.input("a.txt")]).batches
        #expect(String(decoding: batches.flatMap(\.text), as: UTF8.self) == (isAskedFor ? text : ""))
        // A batch ends with the piece that the file is read in.
        #expect(batches.allSatisfy { $0.text.count < 2 * DocumentFeed.textBytesPerBatch })
        var known = 0
        for batch in batches where isAskedFor {
            known += batch.text.count
            #expect(batch.byteCount <= known)
        }
    }

    @Test(arguments: [2, 3, 8191, 8192, 8193, 1_000_000, .max])
    func bytesOfTokensThatBeginWindowsOfScoresAreCounted(window: Int) throws {
        let text = Self.words(20_000, seed: 3)
        try directory.write(text, to: "a.txt")
        let model = try DemoModel.ofText()
        var tokens = TokenBatch()
        var stream = try #require(model.tokenizer).stream()
        stream.append(text.utf8, into: &tokens)
        stream.finish(into: &tokens)
        let first = tokens.byteEnds.indices.filter { $0 % window == 0 }
        let expected = first.reduce(0) { $0 + tokens.byteEnds[$1] - ($1 == 0 ? 0 : tokens.byteEnds[$1 - 1]) }
        let batches = try FeedReading(model: model, task: .score(ScoreOptions(windowTokens: window)))
            .events(of: [directory.input("a.txt")]).batches
        #expect(batches.last?.unscoredBytes == expected)
    }

    @Test func aDocumentThatTurnsBadIsAbandoned() throws {
        try directory.write(Self.words(40_000, seed: 3) + "\0" + "more", to: "in/a.txt")
        try directory.write("good", to: "in/b.txt")
        let events = try FeedReading(model: try DemoModel.ofText()).events(of: [directory.input("in")])
        #expect(events.outline.first == "0 opened")
        #expect(events.batches.contains { !$0.isLast })
        #expect(
            events.outline.suffix(4) == [
                "0 abandoned: nul_byte", "1 opened", "1 last batch", "exhausted after 2",
            ])
    }

    @Test func inputsThatGoAwayEndIt() throws {
        try directory.write("text", to: "in/a.txt")
        try directory.write("{}", to: "first.jsonl")
        let inputs = [directory.input("first.jsonl"), directory.input("in/*.txt")]
        let directory = directory
        let events = try FeedReading(model: try DemoModel.ofText()).events(of: inputs) { event, _ in
            if case .rejected = event { try? directory.remove("in/a.txt") }
        }
        #expect(
            events.outline == [
                "0 rejected: missing_text", "failed: input in/*.txt: no file matches \(directory.path)/in/*.txt",
            ])
    }

    // MARK: - What the machine lacks

    private static func failing(_ code: Int32, times: Int) -> DocumentReader.Limits {
        let left = Mutex(times)
        var limits = DocumentReader.Limits()
        limits.failure = InjectedFailure { _, _ in
            left.withLock { left in
                left -= 1
                return left >= 0 ? code : nil
            }
        }
        return limits
    }

    @Test func itWaitsForWhatTheMachineLacks() throws {
        try directory.write("text", to: "in/a.txt")
        try directory.write("text", to: "in/b.txt")
        var reading = FeedReading(model: try DemoModel.ofText())
        reading.limits = Self.failing(EMFILE, times: 2)
        let events = try reading.events(of: [directory.input("in")], goOn: true) { event, commands in
            if case .exhausted = event { commands.post(.stop) }
        }
        #expect(
            events.outline == [
                "waits: cannot open \(directory.path)/in/a.txt: Too many open files", "goes on", "0 opened",
                "0 last batch", "1 opened", "1 last batch", "exhausted after 2",
            ])
    }

    @Test func itGivesUpInTheEndAndNotForTheDocument() throws {
        try directory.write("text", to: "a.txt")
        var reading = FeedReading(model: try DemoModel.ofText())
        reading.limits = Self.failing(EIO, times: .max)
        reading.patience = .milliseconds(1)
        let events = try reading.events(of: [directory.input("a.txt")], goOn: true)
        let message = "cannot open \(directory.path)/a.txt: Input/output error"
        #expect(events.outline == ["waits: \(message)", "failed: \(message)"])
        guard case .failed(let error) = events.last else { return }
        #expect(JobRefusal(error).refused.reason == .tryAgain)
    }

    @Test func itCanBeStoppedWhileItWaits() throws {
        try directory.write("text", to: "a.txt")
        var reading = FeedReading(model: try DemoModel.ofText())
        reading.limits = Self.failing(ENOMEM, times: .max)
        let events = try reading.events(of: [directory.input("a.txt")], goOn: true) { event, commands in
            if case .waiting = event { commands.post(.stop) }
        }
        #expect(events.outline.count == 1)
    }

    // MARK: - Bytes

    @Test func bytesReadReachTheSizeOfTheInputs() throws {
        let sizes = [100_000, 10, 300_000]
        for (number, size) in sizes.enumerated() {
            try directory.write(String(repeating: "a ", count: size / 2), to: "in/\(number).txt")
        }
        let batches = try FeedReading(model: try DemoModel.ofText()).events(of: [directory.input("in")]).batches
        #expect(batches.map(\.inputBytesRead) == batches.map(\.inputBytesRead).sorted())
        #expect(batches.last?.inputBytesRead == sizes.reduce(0, +))
        #expect(batches.allSatisfy { $0.inputBytesSkipped == 0 })
    }

    /// So that the rate of a resumed job is not that of passing over what is done.
    @Test func bytesOfFinishedDocumentsAreSkipped() throws {
        try directory.write(String(repeating: "a ", count: 200_000), to: "in/0.txt")
        let lines = Self.lines((0..<20_000).map { "[\($0 % 1000)]" })
        try directory.write(lines, to: "in/1.jsonl")
        try directory.write("last", to: "in/2.txt")
        let reading = FeedReading(model: try DemoModel.ofText(), finished: Set(0...20_000))
        let batches = try reading.events(of: [directory.input("in")]).batches
        #expect(batches.count == 1)
        #expect(batches.last?.inputBytesSkipped == 400_000 + lines.utf8.count)
        #expect(batches.last?.inputBytesRead == 400_000 + lines.utf8.count + 4)
    }

    /// Documents whose tokens are as given.
    private static func lines(_ tokens: [String]) -> String {
        tokens.map { #"{"tokens":\#($0)}"# + "\n" }.joined()
    }

    private static func words(_ count: Int, seed: UInt64) -> String {
        var generator = SplitMix64(seed: seed)
        let words = [
            "the", "whale", "Ahab", "—", "naïve", "sea,", "\n", "and", "1851", "鯨", "of", "supercalifragilistic",
        ]
        return (0..<count).map { _ in words.randomElement(using: &generator) ?? "" }.joined(separator: " ")
    }
}
