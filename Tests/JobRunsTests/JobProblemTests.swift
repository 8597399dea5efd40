import JobRuns
import Jobs
import Testing

/// Jobs as they come over the wire, from clients that read no job file.
@Suite struct JobProblemTests {
    private static func job(
        _ task: Job.Task = .score(ScoreOptions()), output: String = "/out/rows.jsonl", input: String = "/in/*.txt",
        chunkTokens: Int = 2048, limit: Job.ErrorLimit = .none
    ) -> Job {
        Job(
            task: task, model: "/m", inputs: [.init(asGiven: "a", path: input)], output: output,
            chunkTokens: chunkTokens, errorLimit: limit)
    }

    @Test func whatJobFilesSayIsFine() {
        let tasks: [Job.Task] = [
            .embed(EmbedOptions()), .embed(EmbedOptions(windowTokens: 1)), .score(ScoreOptions(windowTokens: 2)),
            .score(ScoreOptions(per: .token, logprobs: true)), .generate(GenerateOptions()),
            .generate(GenerateOptions(maxTokens: .max, temperature: 0, topK: .max, topP: 0, minP: 1, stop: ["a"])),
            .generate(GenerateOptions(samples: GenerateOptions.mostSamples)),
        ]
        for task in tasks { #expect(Self.job(task).problem == nil) }
        for limit in [Job.ErrorLimit.count(0), .count(.max), .fraction(0), .fraction(1)] {
            #expect(Self.job(limit: limit).problem == nil)
        }
        for tokens in [256, 1 << 20] { #expect(Self.job(chunkTokens: tokens).problem == nil) }
        #expect(Self.job(output: "/a..b/..c.jsonl").problem == nil)
    }

    /// Every file of a job is named after its output.
    @Test(arguments: [
        "rows.jsonl", "", "/out/rows", "/etc/passwd", "/out/../etc/rows.jsonl", "/../rows.jsonl", "../rows.jsonl",
        "/out/rows.jsonl/..", "/out/a\0b.jsonl", "/out/rows.jsonl\0",
    ])
    func anOutputIsOnePlace(output: String) throws {
        #expect(try #require(Self.job(output: output).problem).hasPrefix("output: "))
    }

    @Test(arguments: ["-", "a.txt", "", "/in/../b.txt", "/a\0"])
    func anInputIsOnePlace(input: String) throws {
        #expect(try #require(Self.job(input: input).problem).hasPrefix("input: "))
    }

    @Test func aJobHasInputs() {
        var job = Self.job()
        job.inputs = []
        #expect(job.problem != nil)
    }

    @Test(arguments: [0, -256, 255, 257, .max, .min, (1 << 20) + 256])
    func chunksAreOnTheGrid(tokens: Int) throws {
        #expect(try #require(Self.job(chunkTokens: tokens).problem).contains("\(tokens)"))
    }

    @Test func valuesOutOfRangeAreRefused() {
        let tasks: [Job.Task] = [
            .embed(EmbedOptions(windowTokens: 0)), .embed(EmbedOptions(windowTokens: .min)),
            .score(ScoreOptions(windowTokens: 1)), .score(ScoreOptions(logprobs: true)),
            .generate(GenerateOptions(maxTokens: 0)), .generate(GenerateOptions(maxTokens: -1, echo: true)),
            .generate(GenerateOptions(temperature: -1)), .generate(GenerateOptions(temperature: .nan)),
            .generate(GenerateOptions(topK: -1)), .generate(GenerateOptions(topP: 1.5)),
            .generate(GenerateOptions(minP: .nan)), .generate(GenerateOptions(repetitionPenalty: 0)),
            .generate(GenerateOptions(stop: [""])), .generate(GenerateOptions(samples: 0)),
            .generate(GenerateOptions(samples: .max)), .generate(GenerateOptions(topLogprobs: -1)),
        ]
        for task in tasks { #expect(Self.job(task).problem != nil, "\(task)") }
        for limit in [Job.ErrorLimit.count(-1), .fraction(1.5), .fraction(.nan)] {
            #expect(Self.job(limit: limit).problem != nil)
        }
    }
}
