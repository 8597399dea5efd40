import Coordination
import Jobs
import Testing

/// Workers that cannot do a job, and documents that nobody can do.
@Suite struct RefusalTests {
    @Test func aRefusalTakesAllDocumentsOfTheJobFromTheWorker() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        (0..<2).forEach { scheduler.open($0, tokens: 256 * 9) }
        scheduler.join(.a, lanes: 2, credit: 4)
        #expect(
            scheduler.tell(.leaseRefused(.a, .number(2))).work == [
                .restartDocument(.first(0), from: nil), .release(.a, .number(1)),
                .restartDocument(.first(1), from: nil), .release(.a, .number(2)),
            ])
        #expect(scheduler.documentsHeld(by: .a) == 0)
        #expect(scheduler.isRefusedByAll(.first))
        #expect(scheduler.join(.b, lanes: 2, credit: 4).granted == [.first(0), .first(1)])
        #expect(!scheduler.isRefusedByAll(.first))
    }

    @Test func aRefusalIsOfOneJobOnly() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.admit(as: .second)
        scheduler.open(0, tokens: 5)
        scheduler.open(0, tokens: 256 * 9, of: .second)
        scheduler.join(.a)
        let actions = scheduler.tell(.leaseRefused(.a, .number(1))).work
        #expect(actions.prefix(2) == [.restartDocument(.first(0), from: nil), .release(.a, .number(1))])
        #expect(
            actions.dropFirst(2).allSatisfy {
                if case .sendStep(.a, .number(2), _, _, _, _) = $0 { true } else { false }
            })
        #expect(!scheduler.isRefusedByAll(.second))
        #expect(scheduler.open(1, tokens: 5).granted == [])
    }

    @Test func aJobThatIsHandedInAgainIsOfferedAgain() {
        // Whoever stopped it may have put the model where the worker looks for it.
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 5)
        scheduler.join(.a)
        scheduler.tell(.leaseRefused(.a, .number(1)))
        scheduler.tell(.jobStopped(.first))
        scheduler.admit()
        #expect(!scheduler.isRefusedByAll(.first))
        #expect(scheduler.open(0, tokens: 5).granted == [.first(0)])
    }

    @Test func aJobIsNotRefusedByAllWhenThereIsNobody() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        #expect(!scheduler.isRefusedByAll(.first))
    }

    @Test func aFailingDocumentEndsAndGivesItsCreditBack() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 9)
        scheduler.open(1, tokens: 256 * 9)
        scheduler.join(.a, credit: 3)
        #expect(
            scheduler.finish(.number(1), 0, .documentFailed).work == [
                .failDocument(.first(0)),
                .release(.a, .number(1)),
                .grant(.a, .number(2), .first(1), from: nil),
                .sendStep(.a, .number(2), .first(1), number: 0, .read(0..<256, isLast: false), wantsSnapshot: false),
                .sendStep(.a, .number(2), .first(1), number: 1, .read(256..<512, isLast: false), wantsSnapshot: false),
                .sendStep(.a, .number(2), .first(1), number: 2, .read(512..<768, isLast: false), wantsSnapshot: false),
            ])
        #expect(scheduler.finish(.number(1), 1).work == [.countLate(.number(1))])
    }

    @Test func aFailureOutOfOrderIsNotTaken() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 9)
        scheduler.join(.a)
        #expect(scheduler.finish(.number(1), 1, .documentFailed).work == [.countLate(.number(1))])
    }

    @Test func theLastDocumentMayFail() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 5)
        scheduler.tell(.inputsExhausted(.first))
        scheduler.join(.a)
        #expect(
            scheduler.finish(.number(1), 0, .documentFailed)
                == [.failDocument(.first(0)), .release(.a, .number(1)), .completeJob(.first)])
    }
}
