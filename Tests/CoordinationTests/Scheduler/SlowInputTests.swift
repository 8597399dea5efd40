import Coordination
import Jobs
import Testing

/// Documents whose tokens arrive more slowly than workers take them.
@Suite struct SlowInputTests {
    private static func opened() -> DrivenScheduler {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a)
        scheduler.tell(.documentOpened(.first(0)))
        return scheduler
    }

    @Test func aChunkWaitsUntilItIsKnownWhetherItIsTheLast() {
        let scheduler = Self.opened()
        #expect(scheduler.tell(.tokensRead(.first(0), total: 255, isComplete: false)).work == [])
        #expect(scheduler.tell(.tokensRead(.first(0), total: 256, isComplete: false)).work == [])
        #expect(
            scheduler.tell(.tokensRead(.first(0), total: 257, isComplete: false)).sent
                == [.read(0..<256, isLast: false)])
        #expect(
            scheduler.tell(.tokensRead(.first(0), total: 257, isComplete: true)).sent
                == [.read(256..<257, isLast: true)])
    }

    @Test func theEndMayBeNewsByItself() {
        let scheduler = Self.opened()
        scheduler.tell(.tokensRead(.first(0), total: 256, isComplete: false))
        #expect(
            scheduler.tell(.tokensRead(.first(0), total: 256, isComplete: true)).sent
                == [.read(0..<256, isLast: true)])
    }

    @Test func aStepThatComesBackBeforeMoreTokensAreReadIsNotTheEnd() {
        let scheduler = Self.opened()
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        #expect(scheduler.finish(.number(1), 0).work == [.record(.first(0), .number(1))])
        #expect(
            scheduler.tell(.tokensRead(.first(0), total: 400, isComplete: true)).work
                == [
                    .sendStep(
                        .a, .number(1), .first(0), number: 1, .read(256..<400, isLast: true), wantsSnapshot: false)
                ])
        #expect(scheduler.finish(.number(1), 1).work.contains(.completeDocument(.first(0))))
    }

    @Test func aDocumentThatWaitsForTokensKeepsItsLane() {
        let scheduler = Self.opened()
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        #expect(scheduler.open(1, tokens: 5).granted == [])
        let end = scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: true))
        #expect(end.stepped == [.first(0)])
        #expect(scheduler.finish(.number(1), 0).granted == [.first(1)])
    }

    @Test func aDocumentOfWhichNothingIsReadYetHoldsNobodyUp() {
        let scheduler = Self.opened()
        #expect(scheduler.open(1, tokens: 5).granted == [.first(1)])
    }

    @Test func aLostDocumentOfWhichTooLittleIsReadGoesOutWhenMoreIs() {
        let scheduler = Self.opened()
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        #expect(scheduler.tell(.workerLeft(.a)).work == [.restartDocument(.first(0), from: nil), .forget(.a)])
        #expect(scheduler.join(.b).stepped == [.first(0)])
        #expect(
            scheduler.tell(.tokensRead(.first(0), total: 400, isComplete: true)).work
                == [
                    .sendStep(
                        .b, .number(2), .first(0), number: 1, .read(256..<400, isLast: true), wantsSnapshot: false)
                ])
    }

    @Test func anAbandonedDocumentIsTakenFromItsWorker() {
        let scheduler = Self.opened()
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        scheduler.open(1, tokens: 5)
        #expect(
            scheduler.tell(.documentAbandoned(.first(0))).work == [
                .release(.a, .number(1)),
                .grant(.a, .number(2), .first(1), from: nil),
                .sendStep(.a, .number(2), .first(1), number: 0, .read(0..<5, isLast: true), wantsSnapshot: false),
            ])
        #expect(scheduler.finish(.number(1), 0).work == [.countLate(.number(1))])
        #expect(scheduler.tell(.tokensRead(.first(0), total: 400, isComplete: true)).work == [])
    }

    @Test func anAbandonedDocumentThatNobodyHoldsIsGone() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.tell(.documentOpened(.first(0)))
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        #expect(scheduler.tell(.documentAbandoned(.first(0))).work == [])
        #expect(scheduler.join(.a).granted == [])
    }

    private static func asked(_ actions: [SchedulerAction]) -> [JobID] {
        actions.compactMap { if case .openDocuments(let job, _) = $0 { job } else { nil } }
    }

    /// A pipe that nobody writes to, say. What is read of the second job meanwhile is not held against the first.
    @Test func inputsFromWhichNothingComesHoldNoOtherJobUp() {
        let scheduler = DrivenScheduler()
        scheduler.join(.a)
        #expect(Self.asked(scheduler.admit()) == [.first])
        #expect(Self.asked(scheduler.admit(as: .second)) == [])
        scheduler.wait(Limits.inputSilence)
        #expect(Self.asked(scheduler.tell(.workerHeard(.a))) == [.second])
        for ordinal in 0..<Limits.documentsAhead { scheduler.open(ordinal, tokens: 5, of: .second) }
        var asked: [JobID] = []
        for ordinal in 0..<Limits.documentsAhead { asked += Self.asked(scheduler.open(ordinal, tokens: 5)) }
        #expect(asked == [])
        #expect(scheduler.finish(.number(1), 0).granted == [.first(0)])
    }

    @Test func inputsThatAreReadHoldLaterJobsBack() {
        let scheduler = DrivenScheduler()
        scheduler.join(.a)
        scheduler.admit()
        scheduler.admit(as: .second)
        scheduler.tell(.documentOpened(.first(0)))
        for count in 1...100 {
            scheduler.wait(.milliseconds(500))
            #expect(Self.asked(scheduler.tell(.tokensRead(.first(0), total: count, isComplete: false))) == [])
        }
    }
}
