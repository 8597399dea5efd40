import Coordination
import JobRuns
import Jobs
import TestSupport
import Testing

/// Which results fit a step, and why others do not.
@Suite struct ExpectedResultTests {
    /// A step and a result that fits it.
    private struct Example {
        var task: Job.Task
        var work: StepPlan.Work
        var made: [Int32] = []
        var output: StepOutput

        func problem(
            of output: StepOutput, wantsSnapshot: Bool = false, snapshot: FrameBytes? = nil
        ) throws -> String? {
            let step = AwaitedStep(
                document: DocumentKey(job: JobID("f1"), ordinal: 0), work: work, wantsSnapshot: wantsSnapshot)
            let model = ModelSummary(
                digest: "digest", vocabularySize: 4096, tokenizer: try DemoModel.tokenizer(), hiddenSize: 2)
            let result = StepResult(
                lease: LeaseID(1), number: 3, outcome: .output(output), snapshot: snapshot)
            return ExpectedResult(of: step, task, made: made, model: model).problem(of: result)
        }
    }

    private static func scores(_ tokens: Range<Int>, window: Int = .max) -> [Float] {
        tokens.map { $0 % window == 0 ? .nan : -1 }
    }

    private static func top(_ rows: Int, _ count: Int) -> TopTokens {
        let size = rows * count
        return TopTokens(
            count: count, tokens: (0..<size).map { $0 < count ? -1 : 7 },
            logProbabilities: Array(repeating: -1, count: size))
    }

    private static func made(
        _ tokens: [Int32], finish: FinishReason? = nil, textEnd: Int? = nil, topCount: Int = 0
    ) -> StepOutput {
        StepOutput(
            generated: .init(
                tokens: tokens, logProbabilities: tokens.map { _ in -1 },
                top: topCount > 0 ? top(tokens.count, topCount) : nil, finish: finish, textEnd: textEnd))
    }

    private static func windows(_ ranges: [Range<Int>], from first: Int = 0) -> StepOutput {
        StepOutput(
            embeddings: ranges.enumerated().map { .init(window: first + $0, tokens: $1, vector: [0.5, .infinity]) })
    }

    private static let score = Example(
        task: .score(ScoreOptions(per: .token, logprobs: true)), work: .read(0..<256, isLast: false),
        output: StepOutput(tokenLogProbabilities: scores(0..<256), isLikeliest: Array(repeating: false, count: 256)))
    private static let windowed = Example(
        task: .embed(EmbedOptions(windowTokens: 100)), work: .read(256..<520, isLast: true),
        output: windows([200..<300, 300..<400, 400..<500, 500..<520], from: 2))
    private static let echo = Example(
        task: .generate(GenerateOptions(logprobs: true, echo: true, topLogprobs: 2)), work: .read(0..<9, isLast: true),
        output: StepOutput(tokenLogProbabilities: scores(0..<9), top: top(9, 2)))
    private static let sample = Example(
        task: .generate(GenerateOptions(maxTokens: 5, stop: ["x"])), work: .generate(sample: 0, atMost: 3),
        made: [300, 301], output: made([302, 303, 304], finish: .length))

    private static func document(_ work: StepPlan.Work, _ output: StepOutput) -> Example {
        Example(task: .embed(EmbedOptions()), work: work, output: output)
    }

    private static func scored(_ work: StepPlan.Work, window: Int, _ tokens: Range<Int>) -> Example {
        Example(
            task: .score(ScoreOptions(windowTokens: window)), work: work,
            output: StepOutput(tokenLogProbabilities: scores(tokens, window: window)))
    }

    private static func sampled(
        _ output: StepOutput, atMost: Int = 3, maxTokens: Int = 5, topLogprobs: Int = 0
    ) -> Example {
        var example = sample
        example.task = .generate(GenerateOptions(maxTokens: maxTokens, stop: ["x"], topLogprobs: topLogprobs))
        example.work = .generate(sample: 0, atMost: atMost)
        example.output = output
        return example
    }

    private static let examples = [
        score, windowed, echo, sample,
        Example(
            task: .score(ScoreOptions()), work: .read(256..<300, isLast: true),
            output: StepOutput(tokenLogProbabilities: scores(256..<300), negativeLogLikelihood: .infinity)),
        // Blocks begin anew at every window, and wait for their tokens.
        scored(.read(0..<512, isLast: false), window: 300, 0..<300),
        scored(.read(512..<1024, isLast: false), window: 300, 300..<900),
        scored(.read(1024..<1100, isLast: true), window: 300, 900..<1100),
        scored(.read(0..<512, isLast: false), window: 700, 0..<512),
        scored(.read(512..<1024, isLast: false), window: 700, 512..<956),
        document(.read(0..<256, isLast: false), StepOutput()),
        document(.read(256..<300, isLast: true), windows([0..<300])),
        Example(
            task: .embed(EmbedOptions(windowTokens: 128)), work: .read(256..<512, isLast: true),
            output: windows([256..<384, 384..<512], from: 2)),
        Example(
            task: .embed(EmbedOptions(windowTokens: 1000)), work: .read(256..<512, isLast: false), output: StepOutput()),
        Example(task: .generate(GenerateOptions()), work: .read(0..<9, isLast: true), output: StepOutput()),
        sampled(made([302, 303, 304]), maxTokens: 9), sampled(made([], finish: .stop)),
        sampled(made([302, 303, 304], finish: .stop, textEnd: 0)),
        sampled(made([302], finish: .stop, textEnd: 1)),
        sampled(made([302], finish: .stop, topCount: 3), topLogprobs: 3),
        Example(
            task: .generate(GenerateOptions(maxTokens: 0, echo: true)), work: .generate(sample: 0, atMost: 0),
            output: made([], finish: .length)),
    ]

    @Test(arguments: examples.indices) func whatAWorkerMakesFits(index: Int) throws {
        let example = Self.examples[index]
        #expect(try example.problem(of: example.output) == nil)
        #expect(try example.problem(of: example.output, wantsSnapshot: true, snapshot: [1]) == nil)
        #expect(try example.problem(of: example.output, snapshot: [1]) == "a snapshot that nobody asked for")
        #expect(try example.problem(of: example.output, wantsSnapshot: true) == "no snapshot, which was asked for")
    }

    /// Of two different examples neither result fits the other's step.
    @Test func aResultOfAnotherStepDoesNotFit() throws {
        for step in [Self.score, Self.windowed, Self.echo, Self.sample] {
            for other in [Self.score, Self.windowed, Self.echo, Self.sample] where other.output != step.output {
                #expect(try step.problem(of: other.output) != nil)
            }
        }
    }

    private struct Harm: Sendable {
        var example: Example
        var reason: String
        var change: @Sendable (inout StepOutput) -> Void

        init(_ example: Example, _ reason: String, _ change: @escaping @Sendable (inout StepOutput) -> Void) {
            self.example = example
            self.reason = reason
            self.change = change
        }
    }

    private static let harms = [
        Harm(score, "255 log probabilities where 256 belong") { $0.tokenLogProbabilities.removeLast() },
        Harm(score, "257 log probabilities where 256 belong") { $0.tokenLogProbabilities.append(-1) },
        Harm(score, "a log probability of token 0, which nothing comes before") { $0.tokenLogProbabilities[0] = -1 },
        Harm(examples[6], "a log probability of token 600, which nothing comes before") {
            $0.tokenLogProbabilities[300] = -1
        },
        Harm(score, "0 tokens that are likeliest or not where 256 belong") { $0.isLikeliest = [] },
        Harm(echo, "1 tokens that are likeliest or not where 0 belong") { $0.isLikeliest = [true] },
        Harm(echo, "0 likeliest tokens in a place where 2 belong") { $0.top = nil },
        Harm(echo, "3 likeliest tokens in a place where 2 belong") { $0.top = top(9, 3) },
        Harm(echo, "16 likeliest tokens where 18 belong") { $0.top = top(8, 2) },
        Harm(echo, "17 log probabilities of likeliest tokens where 18 belong") {
            $0.top?.logProbabilities.removeLast()
        },
        Harm(echo, "token 4096 of 4096") { $0.top?.tokens[4] = 4096 },
        Harm(echo, "token -2 of 4096") { $0.top?.tokens[4] = -2 },
        Harm(score, "1 likeliest tokens in a place where 0 belong") { $0.top = top(256, 1) },
        Harm(score, "1 embeddings where 0 belong") { $0.embeddings = windows([0..<256]).embeddings },
        Harm(windowed, "3 embeddings where 4 belong") { $0.embeddings.removeLast() },
        Harm(windowed, "window 9 of tokens 200..<300 where 2 of 200..<300 belongs") { $0.embeddings[0].window = 9 },
        Harm(windowed, "window 5 of tokens 500..<521 where 5 of 500..<520 belongs") {
            $0.embeddings[3].tokens = 500..<521
        },
        Harm(windowed, "1 numbers in an embedding where 2 belong") { $0.embeddings[1].vector = [1] },
        Harm(windowed, "generated tokens of a step that reads") { $0.generated = sample.output.generated },
        Harm(sample, "no generated tokens") { $0.generated = nil },
        Harm(sample, "4 generated tokens where at most 3 belong") { $0.generated?.tokens.append(7) },
        Harm(sample, "2 log probabilities of generated tokens where 3 belong") {
            $0.generated?.logProbabilities.removeLast()
        },
        Harm(sample, "token 4096 of 4096") { $0.generated?.tokens[0] = 4096 },
        Harm(sample, "token -1 of 4096") { $0.generated?.tokens[0] = -1 },
        Harm(sample, "2 likeliest tokens in a place where 0 belong") { $0.generated?.top = top(3, 2) },
        Harm(sample, "1 log probabilities where 0 belong") { $0.tokenLogProbabilities = [-1] },
        Harm(sample, "1 embeddings where 0 belong") { $0.embeddings = windows([0..<0]).embeddings },
        // It would never end, or end without its row.
        Harm(sample, "a sample that goes on after 3 of 3 tokens") { $0.generated?.finish = nil },
        Harm(sample, "a sample that ends by its length after 2 of 3 tokens") { $0 = made([7, 8], finish: .length) },
        Harm(sample, "a sample that goes on after 0 of 3 tokens") { $0 = made([]) },
        Harm(sample, "a sample that ends by its stop after 3 of 3 tokens") { $0.generated?.finish = .stop },
        Harm(sample, "the place of a stop string, without one") { $0.generated?.textEnd = 0 },
        Harm(sample, "a text that ends at byte -1 of 7") { $0 = made([302], finish: .stop, textEnd: -1) },
        Harm(sample, "a text that ends at byte 8 of 7") { $0 = made([302], finish: .stop, textEnd: 8) },
    ]

    @Test(arguments: harms.indices) func whatIsOtherwiseDoesNot(index: Int) throws {
        let harm = Self.harms[index]
        var output = harm.example.output
        harm.change(&output)
        #expect(try harm.example.problem(of: output) == harm.reason)
    }

    @Test func aFailedDocumentHasNoMore() throws {
        let step = AwaitedStep(
            document: DocumentKey(job: JobID("f1"), ordinal: 0), work: .read(0..<5, isLast: true), wantsSnapshot: true)
        let failed = StepResult(
            lease: LeaseID(1), number: 0, outcome: .documentFailed(Failure(code: "not_finite", message: "it is")))
        #expect(ExpectedResult(of: step, .embed(EmbedOptions()), model: DemoModel.ofTokens).problem(of: failed) == nil)
    }
}
