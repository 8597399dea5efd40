import Coordination
import Jobs
import Testing

/// Steps are cut to what messages and memory hold, whatever a job's chunks are.
@Suite struct StepPlanTests {
    private static let largest = 1 << 20

    private func plan(_ task: Job.Task, chunkTokens: Int = largest, embeddingBytes: Int = 1024) -> StepPlan {
        StepPlan(chunkTokens: chunkTokens, task, state: StateSize(fixed: 1000), embeddingBytes: embeddingBytes)
    }

    private static let tasks: [Job.Task] =
        [1, 2, 100, 256, 1 << 20, .max].map { .embed(EmbedOptions(windowTokens: $0)) }
        + [
            .embed(EmbedOptions()), .score(ScoreOptions(per: .token, windowTokens: .max, logprobs: true)),
            .generate(GenerateOptions(maxTokens: .max, samples: 1_000_000, echo: true, topLogprobs: 20)),
        ]

    @Test(arguments: tasks, [256, 2048, 1 << 20])
    func aStepFitsAMessage(task: Job.Task, chunkTokens: Int) {
        for embeddingBytes in [0, 4, 1024, 3072, 65_536, 1 << 20] {
            let plan = plan(task, chunkTokens: chunkTokens, embeddingBytes: embeddingBytes)
            #expect((256...chunkTokens).contains(plan.chunkTokens) && plan.chunkTokens.isMultiple(of: 256))
            let bytes = plan.chunkTokens * plan.bytesPerToken
            #expect(bytes <= Limits.resultBytes || plan.chunkTokens == 256)
            #expect(bytes + Limits.snapshotBytes < Limits.messageBytes || embeddingBytes > 65_536)
            if case .embed(let options) = task, let window = options.windowTokens {
                #expect(plan.chunkTokens / window <= Limits.embeddingsPerStep)
            }
        }
    }

    @Test func usualStepsAreAsLongAsTheJobSays() {
        for task in Self.tasks {
            var expected = 2048
            if case .embed(let options) = task, let window = options.windowTokens {
                expected = window < 4 ? 512 * window : 2048
            }
            #expect(plan(task, chunkTokens: 2048).chunkTokens == expected)
        }
        #expect(plan(.score(ScoreOptions(per: .token))).chunkTokens == Self.largest)
    }

    /// A shared coordinator plans what any client says.
    @Test(arguments: [Int.max, .max - 1, 1 << 62, 1]) func noNumberIsTooLarge(number: Int) {
        for task in Self.tasks {
            let size = StateSize(fixed: number, perToken: number)
            let plan = StepPlan(chunkTokens: 256, task, state: size, embeddingBytes: number)
            #expect(plan.chunkTokens == 256 && plan.bytesPerToken > 0)
            #expect(plan.stateBytes(at: Self.point) >= 0)
        }
    }

    @Test func aStateThatNoMessageHoldsIsNeverAskedFor() {
        func bytes(_ fixed: Int) -> Int {
            StepPlan(chunkTokens: 256, .score(ScoreOptions()), state: StateSize(fixed: fixed))
                .snapshotBytes(at: Self.point)
        }
        #expect(bytes(Limits.snapshotBytes) == Limits.snapshotBytes)
        #expect(bytes(Limits.snapshotBytes + 1) == 0)
    }

    private static let point = ResumePoint(steps: 9, tokens: 100, generating: .init(sample: 0, made: 30))

    @Test func aStateGrowsWithTheTokensBehindIt() {
        let size = StateSize(fixed: 1000, perToken: 8)
        func bytes(_ task: Job.Task) -> Int { StepPlan(chunkTokens: 256, task, state: size).stateBytes(at: Self.point) }
        #expect(bytes(.generate(GenerateOptions(maxTokens: 50))) == 1000 + 8 * 130)
        // The state after the document's last token stays until the last sample begins.
        #expect(bytes(.generate(GenerateOptions(maxTokens: 50, samples: 2))) == 2000 + 8 * 230)
    }

    /// The document fails, instead of its worker's connection again and again.
    @Test func aResultThatNoMessageHoldsFailsItsDocument() {
        let output = StepOutput(
            embeddings: [.init(window: 0, tokens: 0..<1, vector: [1, 2])], tokenLogProbabilities: [1],
            isLikeliest: [true, false], top: TopTokens(count: 1, tokens: [1], logProbabilities: [1]),
            generated: .init(tokens: [1], logProbabilities: [1]))
        #expect(output.byteCount == 4 * 7 + 2)
        #expect(
            ComputedStep(output, snapshot: [1, 2], messageBytes: 64)
                == .outcome(.output(output), snapshot: [1, 2]))
        guard
            case .outcome(.documentFailed(let failure), nil) = ComputedStep(output, snapshot: [1, 2], messageBytes: 32)
        else {
            Issue.record("it was sent")
            return
        }
        #expect(failure.code == "result_too_large")
        #expect(failure.message.hasPrefix("a step brings 32 bytes, of which 2 are the state, and a message holds 32"))
    }
}
