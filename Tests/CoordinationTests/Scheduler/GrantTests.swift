import Coordination
import Jobs
import Testing

/// Who gets which document, and how many steps of it.
@Suite struct GrantTests {
    @Test func aJoiningWorkerIsWelcomedBeforeItGetsWork() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 700)
        let actions = scheduler.join(.a)
        #expect(actions.prefix(1) == [.welcome(.a)])
        #expect(
            actions.work == [
                .grant(.a, .number(1), .first(0), from: nil),
                .sendStep(.a, .number(1), .first(0), number: 0, .read(0..<256, isLast: false), wantsSnapshot: false),
                .sendStep(.a, .number(1), .first(0), number: 1, .read(256..<512, isLast: false), wantsSnapshot: false),
            ])
        #expect(scheduler.documentsHeld(by: .a) == 1)
    }

    @Test(arguments: [1, 2, 3, 7]) func stepsInHandAreBoundedByCredit(credit: Int) {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        #expect(scheduler.join(.a, credit: credit).sent.count == credit)
        for number in 0..<20 {
            let actions = scheduler.finish(.number(1), number)
            let next = 256 * (number + credit)
            #expect(actions.sent == [.read(next..<next + 256, isLast: false)])
        }
    }

    @Test(arguments: [1, 2, 5]) func aWorkerHoldsOneLongDocumentPerLane(lanes: Int) {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<10 {
            scheduler.open(ordinal, tokens: 256 * 100)
        }
        // More credit than the lanes need brings no further documents.
        let actions = scheduler.join(.a, lanes: lanes, credit: 10 * lanes)
        #expect(actions.granted == (0..<lanes).map { .first($0) })
    }

    @Test func longDocumentsHaveEqualPartsOfTheCredit() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<4 {
            scheduler.open(ordinal, tokens: 256 * 100)
        }
        let steps = scheduler.join(.a, lanes: 3, credit: 6).stepped
        #expect(steps == [.first(0), .first(0), .first(1), .first(1), .first(2), .first(2)])
        // Whichever lane is done first, its own document goes on.
        #expect(scheduler.finish(.number(2), 0).stepped == [.first(1)])
        #expect(scheduler.finish(.number(3), 0).stepped == [.first(2)])
        #expect(scheduler.finish(.number(3), 1).stepped == [.first(2)])
        #expect(scheduler.finish(.number(1), 0).stepped == [.first(0)])
    }

    @Test func aDocumentThatComesLateFindsItsPartOfTheCreditFree() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a, lanes: 2, credit: 4)
        #expect(scheduler.open(0, tokens: 256 * 100).stepped == [.first(0), .first(0)])
        #expect(scheduler.open(1, tokens: 256 * 100).stepped == [.first(1), .first(1)])
    }

    @Test func lessCreditThanLanesStillGivesSteps() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<4 {
            scheduler.open(ordinal, tokens: 256 * 100)
        }
        #expect(scheduler.join(.a, lanes: 3, credit: 2).stepped == [.first(0), .first(1)])
    }

    @Test func theNextDocumentComesWhenTheLastStepOfTheOneBeforeIsOut() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 3 * 256)
        scheduler.open(1, tokens: 3 * 256)
        #expect(scheduler.join(.a).granted == [.first(0)])
        #expect(scheduler.finish(.number(1), 0).granted == [])
        #expect(scheduler.finish(.number(1), 1).granted == [.first(1)])
        #expect(scheduler.documentsHeld(by: .a) == 2)
    }

    @Test func shortDocumentsFillTheCredit() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<10 {
            scheduler.open(ordinal, tokens: 5)
        }
        #expect(scheduler.join(.a, credit: 3).granted == [.first(0), .first(1), .first(2)])
        let actions = scheduler.finish(.number(1), 0)
        #expect(
            actions.work == [
                .record(.first(0), .number(1)),
                .completeDocument(.first(0)),
                .release(.a, .number(1)),
                .grant(.a, .number(4), .first(3), from: nil),
                .sendStep(.a, .number(4), .first(3), number: 0, .read(0..<5, isLast: true), wantsSnapshot: false),
            ])
    }

    @Test func documentsGoOutInInputOrderHoweverTheyBecomeReady() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in [3, 0, 2, 1] {
            scheduler.open(ordinal, tokens: 5)
        }
        #expect(scheduler.join(.a, lanes: 4, credit: 8).granted == (0..<4).map { .first($0) })
    }

    @Test func documentsGoToTheWorkerWithTheLeastInHandForItsLanes() {
        let scheduler = DrivenScheduler()
        scheduler.join(.a, lanes: 1, credit: 2)
        scheduler.join(.b, lanes: 3, credit: 6)
        scheduler.admit()
        let workers = (0..<5).flatMap { scheduler.open($0, tokens: 5) }.compactMap { action -> WorkerID? in
            if case .grant(let worker, _, _, _) = action { worker } else { nil }
        }
        // In hand for the lanes before each: 0 and 0, 1 and 0, 1 and 1/3, 1 and 2/3, 1 and 1.
        #expect(workers == [.a, .b, .b, .b, .a])
    }

    @Test func aDocumentIsReadInWholeChunksAndARest() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 513)
        #expect(
            scheduler.join(.a, credit: 9).sent == [
                .read(0..<256, isLast: false), .read(256..<512, isLast: false), .read(512..<513, isLast: true),
            ])
    }

    @Test(arguments: [1, 2, 3]) func wholeChunksLeaveNoEmptyRest(chunks: Int) {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: chunks * 256)
        let sent = scheduler.join(.a, credit: 9).sent
        #expect(sent.count == chunks)
        #expect(sent.last == .read((chunks - 1) * 256..<chunks * 256, isLast: true))
    }

    @Test func anEmptyDocumentIsOneEmptyStep() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 0)
        #expect(scheduler.join(.a).sent == [.read(0..<0, isLast: true)])
        #expect(
            scheduler.finish(.number(1), 0).work == [
                .record(.first(0), .number(1)), .completeDocument(.first(0)), .release(.a, .number(1)),
            ])
    }
}
