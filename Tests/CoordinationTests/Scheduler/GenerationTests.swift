import Coordination
import Jobs
import Testing

/// Documents that are continued: reading, then one step of generation after the other.
@Suite struct GenerationTests {
    /// One worker with a document of 300 tokens, of which every token was read.
    private static func afterReading(samples: Int = 1, maxTokens: Int) -> (DrivenScheduler, [SchedulerAction]) {
        let scheduler = DrivenScheduler()
        scheduler.admit(StepPlan(chunkTokens: 256, generation: .init(samples: samples, maxTokens: maxTokens)))
        scheduler.open(0, tokens: 300)
        scheduler.join(.a)
        let first = scheduler.finish(.number(1), 0)
        let actions = scheduler.finish(.number(1), 1)
        return (scheduler, first.filter { if case .sendStep = $0 { true } else { false } } + actions.work)
    }

    private static func generate(_ sample: Int, _ atMost: Int, number: Int) -> SchedulerAction {
        .sendStep(
            .a, .number(1), .first(0), number: number, .generate(sample: sample, atMost: atMost), wantsSnapshot: false)
    }

    private static let record = SchedulerAction.record(.first(0), .number(1))

    @Test func generationBeginsWhenEveryTokenWasRead() {
        let (_, actions) = Self.afterReading(maxTokens: 10)
        #expect(actions == [Self.record, Self.generate(0, 10, number: 2)])
    }

    @Test func aDocumentMayHaveAPlanOfItsOwn() {
        let scheduler = DrivenScheduler()
        scheduler.admit(StepPlan(chunkTokens: 256, generation: .init(samples: 1, maxTokens: 10)))
        let own = StepPlan(chunkTokens: 256, generation: .init(samples: 2, maxTokens: 3))
        scheduler.tell(.documentOpened(.first(0), plan: own))
        scheduler.tell(.tokensRead(.first(0), total: 5, isComplete: true))
        scheduler.join(.a)
        #expect(scheduler.finish(.number(1), 0).work == [Self.record, Self.generate(0, 3, number: 1)])
        let second = scheduler.finish(.number(1), 1, .generated(tokens: 3, isFinished: true)).work
        #expect(second == [Self.record, Self.generate(1, 3, number: 2)])
        let end = scheduler.finish(.number(1), 2, .generated(tokens: 0, isFinished: true)).work
        #expect(end.contains(.completeDocument(.first(0))))
    }

    /// A document that is only scored, as a generation of nothing.
    @Test func aPlanOfNoTokensEndsWithItsFirstStep() {
        let (scheduler, actions) = Self.afterReading(maxTokens: 0)
        #expect(actions == [Self.record, Self.generate(0, 0, number: 2)])
        let end = scheduler.finish(.number(1), 2, .generated(tokens: 0, isFinished: true)).work
        #expect(end.contains(.completeDocument(.first(0))))
    }

    @Test func theTokenLimitEndsASample() {
        let (scheduler, _) = Self.afterReading(maxTokens: 10)
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: 10, isFinished: false)).work
                == [Self.record, .completeDocument(.first(0)), .release(.a, .number(1))])
    }

    @Test func tokensThatNoNumberHoldsAreAsManyAsOneHolds() {
        let generation = StepPlan.Generation(samples: 3, maxTokens: 7)
        #expect(generation.tokens(texts: 2) == 42)
        #expect(StepPlan.Generation(samples: 3, maxTokens: .max).tokens(texts: 2) == .max)
        #expect(StepPlan.Generation(samples: 1_000_000, maxTokens: 1 << 50).tokens(texts: 0) == 0)
        #expect(StepPlan.Generation(samples: 1_000_000, maxTokens: 0).tokens(texts: .max) == 0)
    }

    @Test func samplesOfNoTokensTakeOneStepEach() {
        let (scheduler, reading) = Self.afterReading(samples: 2, maxTokens: 0)
        #expect(reading == [Self.record, Self.generate(0, 0, number: 2)])
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: 0, isFinished: true)).work
                == [Self.record, Self.generate(1, 0, number: 3)])
        #expect(
            scheduler.finish(.number(1), 3, .generated(tokens: 0, isFinished: true)).work
                == [Self.record, .completeDocument(.first(0)), .release(.a, .number(1))])
    }

    @Test func longSamplesAreMadeInSeveralSteps() {
        let limit = Limits.generatedTokensPerStep
        let (scheduler, reading) = Self.afterReading(maxTokens: 2 * limit + 5)
        #expect(reading.last == Self.generate(0, limit, number: 2))
        var actions = scheduler.finish(.number(1), 2, .generated(tokens: limit, isFinished: false)).work
        #expect(actions == [Self.record, Self.generate(0, limit, number: 3)])
        actions = scheduler.finish(.number(1), 3, .generated(tokens: limit, isFinished: false)).work
        #expect(actions == [Self.record, Self.generate(0, 5, number: 4)])
        actions = scheduler.finish(.number(1), 4, .generated(tokens: 5, isFinished: true)).work
        #expect(actions.contains(.completeDocument(.first(0))))
    }

    @Test func theNextDocumentComesWithTheLastStepOfTheLastSample() {
        let limit = Limits.generatedTokensPerStep
        let (scheduler, _) = Self.afterReading(samples: 2, maxTokens: limit + 1)
        #expect(scheduler.open(1, tokens: 5).granted == [])
        let steps = [
            (limit, false), (1, true),  // the first sample
            (limit, false),  // the second; its last step goes out
        ]
        for (number, (tokens, isFinished)) in steps.enumerated() {
            let actions = scheduler.finish(.number(1), 2 + number, .generated(tokens: tokens, isFinished: isFinished))
            #expect(actions.granted == (number == 2 ? [.first(1)] : []), "\(number)")
        }
    }

    @Test func aShortStepGoesOnWhereItStopped() {
        let (scheduler, _) = Self.afterReading(maxTokens: 10)
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: 4, isFinished: false)).work
                == [Self.record, Self.generate(0, 6, number: 3)])
    }

    @Test func aStepWithoutTokensEndsTheSample() {
        let (scheduler, _) = Self.afterReading(maxTokens: 10)
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: 0, isFinished: false)).work
                .contains(.completeDocument(.first(0))))
    }

    @Test func samplesFollowOneAnother() {
        let (scheduler, reading) = Self.afterReading(samples: 3, maxTokens: 10)
        #expect(reading.last == Self.generate(0, 10, number: 2))
        // Ended by the model after four tokens: the next sample may have all ten again.
        var actions = scheduler.finish(.number(1), 2, .generated(tokens: 4, isFinished: true)).work
        #expect(actions == [Self.record, Self.generate(1, 10, number: 3)])
        actions = scheduler.finish(.number(1), 3, .generated(tokens: 10, isFinished: true)).work
        #expect(actions == [Self.record, Self.generate(2, 10, number: 4)])
        actions = scheduler.finish(.number(1), 4, .generated(tokens: 1, isFinished: true)).work
        #expect(actions == [Self.record, .completeDocument(.first(0)), .release(.a, .number(1))])
    }

    @Test func moreTokensThanAskedForEndTheSample() {
        let (scheduler, _) = Self.afterReading(maxTokens: 10)
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: 11, isFinished: false)).work
                .contains(.completeDocument(.first(0))))
    }

    @Test func resultsOfTheWrongKindAreNotTaken() {
        let (scheduler, _) = Self.afterReading(maxTokens: 10)
        #expect(scheduler.finish(.number(1), 2, .read).work == [.countLate(.number(1))])
        #expect(
            scheduler.finish(.number(1), 2, .generated(tokens: -1, isFinished: false)).work
                == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), 2, .generated(tokens: 10, isFinished: true)).work.first == Self.record)
    }

    @Test func aLostDocumentIsReadAgainBeforeItGoesOn() {
        let (scheduler, _) = Self.afterReading(samples: 2, maxTokens: 10)
        scheduler.finish(.number(1), 2, .generated(tokens: 10, isFinished: true))
        scheduler.tell(.workerLeft(.a))
        #expect(
            scheduler.join(.b).sent == [.read(0..<256, isLast: false), .read(256..<300, isLast: true)])
        scheduler.finish(.number(2), 0, by: .b)
        #expect(scheduler.finish(.number(2), 1, by: .b).sent == [.generate(sample: 0, atMost: 10)])
    }
}
