import Coordination
import Jobs
import Testing

/// Which step is computed on which lane, and what becomes of it.
@Suite struct LaneTests {
    @Test func aLeaseIsOpenedBeforeItsSteps() {
        let worker = DrivenWorker.joined()
        #expect(worker.hear(.lease(.example(.number(1)))) == [.open(.example(.number(1)))])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [.compute(lane: 0, .example(.number(1), 0))])
        #expect(
            worker.compute(.number(1), 0, lane: 0) == [.result(.number(1), 0)])
    }

    @Test func stepsOfOneLeaseAreComputedOneAfterTheOther() {
        let worker = DrivenWorker.joined(lanes: 2, leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        #expect(worker.hear(.step(.example(.number(1), 1))) == [])
        #expect(worker.hear(.step(.example(.number(1), 2))) == [])
        for number in 0..<2 {
            #expect(
                worker.compute(.number(1), number, lane: 0) == [
                    .result(.number(1), number), .compute(lane: 0, .example(.number(1), number + 1)),
                ])
        }
        #expect(worker.compute(.number(1), 2, lane: 0) == [.result(.number(1), 2)])
    }

    @Test func stepsOfDifferentLeasesAreComputedSideBySide() {
        let worker = DrivenWorker.joined(lanes: 2, leases: [.number(1), .number(2), .number(3)])
        #expect(worker.hear(.step(.example(.number(2), 0))) == [.compute(lane: 0, .example(.number(2), 0))])
        #expect(worker.hear(.step(.example(.number(3), 0))) == [.compute(lane: 1, .example(.number(3), 0))])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [])
        // The lane that is free takes the step of the earliest lease.
        worker.hear(.step(.example(.number(3), 1)))
        #expect(
            worker.compute(.number(3), 0, lane: 1) == [
                .result(.number(3), 0), .compute(lane: 1, .example(.number(1), 0)),
            ])
    }

    @Test func noStepIsComputedOnMoreThanTheLanesThereAre() {
        let leases = (1...5).map { LeaseID.number($0) }
        let worker = DrivenWorker.joined(lanes: 3, leases: leases)
        let actions = leases.flatMap { worker.hear(.step(.example($0, 0))) }
        #expect(actions == (0..<3).map { .compute(lane: $0, .example(leases[$0], 0)) })
    }

    @Test func aReleasedLeaseIsClosedAndItsStepsAreDropped() {
        let worker = DrivenWorker.joined(lanes: 1, leases: [.number(1), .number(2)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.step(.example(.number(1), 1)))
        worker.hear(.step(.example(.number(2), 0)))
        #expect(worker.hear(.release(.number(1))) == [.close(.number(1))])
        #expect(worker.hear(.step(.example(.number(1), 2))) == [])
        // The lane comes free with a result that nobody wants, and goes on with the other lease.
        #expect(worker.compute(.number(1), 0, lane: 0) == [.compute(lane: 0, .example(.number(2), 0))])
    }

    @Test func releasingWhatIsNotHeldDoesNothing() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        #expect(worker.hear(.release(.number(7))) == [])
        worker.hear(.release(.number(1)))
        #expect(worker.hear(.release(.number(1))) == [])
    }

    @Test func aLeaseThatIsHeldIsNotOpenedAgain() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        #expect(worker.hear(.lease(.example(.number(1)))) == [])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [])
    }

    @Test(arguments: [-1, 1, 2, Int.max]) func aStepOutOfOrderIsIgnored(number: Int) {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        #expect(worker.hear(.step(.example(.number(1), number))) == [])
        #expect(worker.hear(.step(.example(.number(1), 0))) == [.compute(lane: 0, .example(.number(1), 0))])
    }

    @Test func aStepOfAnUnknownLeaseIsIgnored() {
        let worker = DrivenWorker.joined(leases: [.number(1)])
        #expect(worker.hear(.step(.example(.number(2), 0))) == [])
    }

    @Test func whatTheWorkerCannotDoIsRefusedAndClosed() {
        let worker = DrivenWorker.joined(lanes: 1, leases: [.number(1), .number(2)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.step(.example(.number(1), 1)))
        worker.hear(.step(.example(.number(2), 0)))
        let failure = Failure(code: "model", message: "no model of digest d1")
        #expect(
            worker.compute(.number(1), 0, lane: 0, .unable(failure)) == [
                .send(.refusal(.init(lease: .number(1), failure: failure))),
                .close(.number(1)),
                .compute(lane: 0, .example(.number(2), 0)),
            ])
    }

    @Test func nothingIsComputedAfterAFailure() {
        let worker = DrivenWorker.joined(lanes: 1, leases: [.number(1), .number(2)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.step(.example(.number(1), 1)))
        worker.hear(.step(.example(.number(2), 0)))
        let outcome = StepOutcome.documentFailed(Failure(code: "vocabulary", message: "token 7"))
        #expect(
            worker.compute(.number(1), 0, lane: 0, .outcome(outcome)) == [
                .send(.result(StepResult(lease: .number(1), number: 0, outcome: outcome))),
                .close(.number(1)),
                .compute(lane: 0, .example(.number(2), 0)),
            ])
        #expect(worker.hear(.step(.example(.number(1), 2))) == [])
        #expect(worker.hear(.release(.number(1))) == [])
    }

    @Test func lanesThatComputeForALostCoordinatorAreNotUsedTwice() {
        let worker = DrivenWorker.joined(lanes: 2, leases: [.number(1)])
        worker.hear(.step(.example(.number(1), 0)))
        worker.hear(.rejoin)
        worker.hear(.welcome)
        let new = [LeaseID(epoch: 2, serial: 1), LeaseID(epoch: 2, serial: 2)]
        new.forEach { worker.hear(.lease(.example($0))) }
        #expect(worker.hear(.step(.example(new[0], 0))) == [.compute(lane: 1, .example(new[0], 0))])
        #expect(worker.hear(.step(.example(new[1], 0))) == [])
        #expect(worker.compute(.number(1), 0, lane: 0) == [.compute(lane: 0, .example(new[1], 0))])
    }
}
