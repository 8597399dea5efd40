import Coordination
import Jobs
import Testing

/// Workers that fall silent, leave or refuse, and what they still say afterwards.
@Suite struct LossTests {
    /// Two workers; the first holds documents 0 and 1, both of many steps.
    private static func underWay() -> DrivenScheduler {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<4 {
            scheduler.open(ordinal, tokens: 256 * 100)
        }
        scheduler.join(.a, lanes: 2, credit: 4)
        return scheduler
    }

    @Test func aWorkerIsForgottenAfterExactlyTheSilenceLimit() {
        let scheduler = Self.underWay()
        #expect(scheduler.nextDeadline == scheduler.now.advanced(by: Limits.workerSilence))
        scheduler.wait(Limits.workerSilence - .nanoseconds(1))
        #expect(scheduler.tell(.tick).work == [])
        scheduler.wait(.nanoseconds(1))
        #expect(
            scheduler.tell(.tick).work == [
                .restartDocument(.first(0), from: nil), .restartDocument(.first(1), from: nil), .forget(.a),
            ])
        #expect(scheduler.documentsHeld(by: .a) == 0)
        #expect(scheduler.nextDeadline == nil)
    }

    @Test func workersThatFallSilentTogetherAreForgottenInTheirOrder() {
        let scheduler = DrivenScheduler()
        for number in (1...20).reversed() as [UInt64] {
            scheduler.join(WorkerID(number))
        }
        scheduler.wait(Limits.workerSilence)
        #expect(scheduler.tell(.tick).work == (1...20).map { .forget(WorkerID($0)) })
    }

    @Test func whateverAWorkerSaysKeepsIt() {
        let saying: [SchedulerEvent] = [
            .workerHeard(.a),
            .stepFinished(.a, .number(1), number: 0, .read),
            .stepFinished(.a, .number(99), number: 0, .read),
            .leaseRefused(.a, .number(99)),
        ]
        for event in saying {
            let scheduler = Self.underWay()
            scheduler.wait(.seconds(3))
            scheduler.tell(event)
            #expect(scheduler.nextDeadline == scheduler.now.advanced(by: Limits.workerSilence), "\(event)")
        }
    }

    @Test func aHeartbeatIsAnswered() {
        let scheduler = Self.underWay()
        #expect(scheduler.tell(.workerHeard(.a)).prefix(1) == [.heartbeat(.a)])
    }

    @Test func whatAForgottenWorkerSaysDoesNothing() {
        let scheduler = Self.underWay()
        scheduler.tell(.workerLeft(.a))
        #expect(scheduler.tell(.workerHeard(.a)) == [])
        #expect(scheduler.finish(.number(1), 0) == [.countLate(.number(1))])
        #expect(scheduler.tell(.leaseRefused(.a, .number(1))) == [.countLate(.number(1))])
        #expect(scheduler.tell(.workerLeft(.a)) == [])
    }

    @Test func lostDocumentsGoOutBeforeNewOnesWithNewLeases() {
        let scheduler = Self.underWay()
        scheduler.join(.b, lanes: 1, credit: 2)
        let actions = scheduler.tell(.workerLeft(.a))
        #expect(actions.granted == [])
        scheduler.tell(.workerLeft(.b))
        let again = scheduler.join(WorkerID(3), lanes: 4, credit: 4)
        #expect(again.granted == [.first(0), .first(1), .first(2), .first(3)])
        let leases = again.compactMap { if case .grant(_, let lease, _, _) = $0 { lease } else { nil } }
        #expect(leases == (4...7).map { .number($0) })
    }

    @Test func aLostDocumentWaitsForAWorkerOfItsProfile() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        (0..<3).forEach { scheduler.open($0, tokens: 256 * 100) }
        scheduler.join(.a, credit: 1, profile: "one")
        scheduler.join(.b, credit: 1, profile: "one")
        scheduler.tell(.workerLeft(.a))
        // Whoever computes otherwise gets a document that nobody began.
        #expect(scheduler.join(WorkerID(3), lanes: 2, credit: 2, profile: "two").granted == [.first(2)])
        #expect(scheduler.join(WorkerID(4), credit: 1, profile: "one").granted == [.first(0)])
    }

    @Test func aLostDocumentGoesToAnyWorkerWhenNoneHasItsProfile() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        scheduler.join(.a, profile: "one")
        scheduler.join(.b, profile: "two")
        #expect(scheduler.tell(.workerLeft(.a)).granted == [.first(0)])
        // From then on its profile is the new one's.
        #expect(scheduler.join(WorkerID(3), profile: "one").granted == [])
        #expect(scheduler.join(WorkerID(4), profile: "two").granted == [])
        #expect(scheduler.tell(.workerLeft(.b)).work.contains(.grant(WorkerID(4), .number(3), .first(0), from: nil)))
    }

    @Test func aWorkerThatRefusedTheJobKeepsNoDocumentWaiting() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        scheduler.join(.a, profile: "one")
        scheduler.join(.b, profile: "two")
        #expect(scheduler.tell(.leaseRefused(.a, .number(1))).granted == [.first(0)])
    }

    @Test func aLostDocumentStartsFromItsFirstToken() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        scheduler.join(.a)
        for number in 0..<10 {
            scheduler.finish(.number(1), number)
        }
        scheduler.tell(.workerLeft(.a))
        #expect(
            scheduler.join(.b, credit: 1).sent == [.read(0..<256, isLast: false)])
    }

    @Test func resultsOfAnEarlierLeaseChangeNothing() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256)
        scheduler.join(.a)
        scheduler.tell(.workerLeft(.a))
        scheduler.join(.b)
        #expect(scheduler.finish(.number(1), 0, by: .a) == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), 0, by: .b) == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(2), 0, by: .b).work.first == .record(.first(0), .number(2)))
    }

    @Test func aLeaseOfAnotherWorkerChangesNothing() {
        let scheduler = Self.underWay()
        scheduler.join(.b)
        #expect(scheduler.finish(.number(1), 0, by: .b).work == [.countLate(.number(1))])
        #expect(scheduler.tell(.leaseRefused(.b, .number(1))).work == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), 0, by: .a).work.first == .record(.first(0), .number(1)))
    }

    @Test func onlyTheNextResultOfALeaseIsTaken() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        scheduler.join(.a)
        for number in [1, -1, 2, .max, .min] {
            #expect(scheduler.finish(.number(1), number).work == [.countLate(.number(1))], "\(number)")
        }
        #expect(scheduler.finish(.number(1), 0).work.first == .record(.first(0), .number(1)))
        #expect(scheduler.finish(.number(1), 0).work == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), 1).work.first == .record(.first(0), .number(1)))
    }

    @Test func theNextResultOfALeaseIsAwaited() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 512)
        scheduler.join(.a)
        scheduler.join(.b)
        let first = AwaitedStep(document: .first(0), work: .read(0..<256, isLast: false), wantsSnapshot: false)
        #expect(scheduler.awaitedStep(0, of: .number(1)) == first)
        #expect(scheduler.awaitedStep(1, of: .number(1)) == nil)
        #expect(scheduler.awaitedStep(0, of: .number(2)) == nil)
        #expect(scheduler.awaitedStep(0, of: .number(1), from: .b) == nil)
        scheduler.finish(.number(1), 0)
        #expect(scheduler.awaitedStep(0, of: .number(1)) == nil)
        let last = AwaitedStep(document: .first(0), work: .read(256..<512, isLast: true), wantsSnapshot: false)
        #expect(scheduler.awaitedStep(1, of: .number(1)) == last)
        scheduler.tell(.workerLeft(.a))
        #expect(scheduler.awaitedStep(1, of: .number(1)) == nil)
    }

    @Test func aResultBeforeItsStepWasSentIsNotTaken() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a)
        scheduler.tell(.documentOpened(.first(0)))
        scheduler.tell(.tokensRead(.first(0), total: 300, isComplete: false))
        scheduler.finish(.number(1), 0)
        #expect(scheduler.finish(.number(1), 1).work == [.countLate(.number(1))])
    }

    @Test func aResultOfTheWrongKindIsNotTaken() {
        let scheduler = Self.underWay()
        #expect(
            scheduler.finish(.number(1), 0, .generated(tokens: 3, isFinished: true)).work == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), 0).work.first == .record(.first(0), .number(1)))
    }

    @Test func lateResultsGiveNoCredit() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 256 * 100)
        scheduler.join(.a, credit: 2)
        for _ in 0..<5 {
            #expect(scheduler.finish(.number(77), 0).sent == [])
        }
        #expect(scheduler.finish(.number(1), 0).sent.count == 1)
    }

    @Test func aForgottenWorkersCreditIsNotMissed() {
        // The lease that moved had two steps out with the first worker; they burden neither worker afterwards.
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 512)
        scheduler.open(1, tokens: 256 * 100)
        scheduler.join(.a, credit: 2)
        scheduler.join(.b, credit: 2)
        scheduler.tell(.workerLeft(.a))
        scheduler.finish(.number(2), 0, by: .b)
        #expect(scheduler.join(WorkerID(3), credit: 2).sent.count == 2)
    }

    @Test func aStartOfTheCoordinatorHasLeasesAboveAllBefore() {
        let leases = [UInt32(1), 2, 3].map { epoch in
            let scheduler = DrivenScheduler(epoch: epoch)
            scheduler.admit()
            (0..<3).forEach { scheduler.open($0, tokens: 5) }
            return scheduler.join(.a, lanes: 3, credit: 3).compactMap { action -> LeaseID? in
                if case .grant(_, let lease, _, _) = action { lease } else { nil }
            }
        }
        #expect(leases.joined().elementsEqual(leases.joined().sorted()))
        #expect(Set(leases.joined()).count == 9)
    }
}
