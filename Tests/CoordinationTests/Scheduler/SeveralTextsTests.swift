import Coordination
import Jobs
import Testing

/// Documents of several texts: each is read from its own beginning, and continued before the next.
@Suite struct SeveralTextsTests {
    private let scheduler = DrivenScheduler()

    private func open(_ ends: [Int], _ generation: StepPlan.Generation? = nil, resumption: Resumption? = nil) {
        scheduler.admit()
        var plan = StepPlan(chunkTokens: 256, generation: generation, state: StateSize(fixed: 100))
        plan.texts = ends.count
        scheduler.tell(.documentOpened(.first(0), plan: plan, resumption: resumption))
        scheduler.join(.a)
        scheduler.tell(.tokensRead(.first(0), total: ends[ends.count - 1], isComplete: true, textEnds: ends))
    }

    /// The work of all steps, each done when it comes.
    private func work(from first: Int = 0, made: Int = 0) -> [StepPlan.Work] {
        var work: [StepPlan.Work] = []
        var number = first
        while let step = scheduler.awaitedStep(number, of: .number(1)) {
            work.append(step.work)
            switch step.work {
            case .read: scheduler.finish(.number(1), number)
            case .generate: scheduler.finish(.number(1), number, .generated(tokens: made, isFinished: true))
            }
            number += 1
        }
        return work
    }

    @Test func stepsEndWhereTextsEnd() {
        open([3, 259, 600])
        #expect(
            work() == [
                .read(0..<3, isLast: true), .read(3..<259, isLast: true), .read(259..<515, isLast: false),
                .read(515..<600, isLast: true),
            ])
        #expect(scheduler.documentsHeld(by: .a) == 0)
    }

    @Test func aChunkIsSentWhenItIsKnownWhetherItEndsAText() {
        scheduler.admit()
        var plan = StepPlan(chunkTokens: 256)
        plan.texts = 2
        scheduler.tell(.documentOpened(.first(0), plan: plan))
        scheduler.join(.a)
        #expect(scheduler.tell(.tokensRead(.first(0), total: 256, isComplete: false)).sent == [])
        let first = scheduler.tell(.tokensRead(.first(0), total: 256, isComplete: false, textEnds: [256])).sent
        #expect(first == [.read(0..<256, isLast: true)])
        let second = scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: true, textEnds: [300])).sent
        #expect(second == [.read(256..<300, isLast: true)])
    }

    @Test func everyTextHasItsSamples() {
        open([3, 300], .init(samples: 2, maxTokens: 5))
        #expect(
            work(made: 4) == [
                .read(0..<3, isLast: true), .generate(sample: 0, atMost: 5), .generate(sample: 1, atMost: 5),
                .read(3..<259, isLast: false), .read(259..<300, isLast: true), .generate(sample: 2, atMost: 5),
                .generate(sample: 3, atMost: 5),
            ])
        #expect(scheduler.documentsHeld(by: .a) == 0)
    }

    /// After every step of an undisturbed run another worker goes on.
    @Test(arguments: 1..<7) func aSnapshotIsTakenUpInAnyText(steps: Int) {
        let points = [
            ResumePoint(steps: 1, tokens: 3, generating: .init(sample: 0, made: 0)),
            ResumePoint(steps: 2, tokens: 3, generating: .init(sample: 1, made: 0)),
            ResumePoint(steps: 3, tokens: 3), ResumePoint(steps: 4, tokens: 259),
            ResumePoint(steps: 5, tokens: 300, generating: .init(sample: 2, made: 0)),
            ResumePoint(steps: 6, tokens: 300, generating: .init(sample: 3, made: 0)),
        ]
        let whole: [StepPlan.Work] = [
            .read(0..<3, isLast: true), .generate(sample: 0, atMost: 5), .generate(sample: 1, atMost: 5),
            .read(3..<259, isLast: false), .read(259..<300, isLast: true), .generate(sample: 2, atMost: 5),
            .generate(sample: 3, atMost: 5),
        ]
        open(
            [3, 300], .init(samples: 2, maxTokens: 5),
            resumption: Resumption(profile: "one", points: [points[steps - 1]]))
        #expect(work(from: steps, made: 4) == Array(whole[steps...]))
    }
}
