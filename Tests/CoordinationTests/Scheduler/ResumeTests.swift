import Coordination
import Jobs
import Testing

/// Snapshots: when they are asked for, and what becomes of documents that have some.
@Suite struct ResumeTests {
    private let plan = StepPlan(chunkTokens: 256, state: StateSize(fixed: 100))
    private let everyStep = SnapshotPolicy(steps: 1)

    /// A document of a hundred chunks that worker a computes, with a snapshot after the result of step `steps`.
    private func withSnapshot(after steps: Int, profile: String = "one") -> DrivenScheduler {
        let scheduler = DrivenScheduler(snapshots: everyStep)
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        scheduler.join(.a, profile: profile)
        for number in 0..<steps { scheduler.finish(.number(1), number) }
        let point = point(after: steps)
        #expect(scheduler.finish(.number(1), steps - 1, hasSnapshot: true) == [.countLate(.number(1))])
        #expect(scheduler.finish(.number(1), steps, hasSnapshot: true).contains { $0.keeps(point.next) })
        scheduler.tell(.snapshotWritten(.first(0), point.next))
        return scheduler
    }

    private func point(after steps: Int) -> ResumePoint { ResumePoint(steps: steps, tokens: steps * 256) }

    @Test func theStateIsAskedForAfterSoManySteps() {
        let scheduler = DrivenScheduler(snapshots: SnapshotPolicy(steps: 3))
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        let actions = scheduler.join(.a, credit: 8)
        #expect(actions.snapshotsWanted == [false, false, true, false, false, true, false, false])
    }

    @Test func theStateIsAskedForAfterSoMuchTime() {
        let scheduler = DrivenScheduler(snapshots: SnapshotPolicy(interval: .seconds(5)))
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        #expect(scheduler.join(.a, credit: 1).snapshotsWanted == [false])
        scheduler.wait(.seconds(4))
        #expect(scheduler.finish(.number(1), 0).snapshotsWanted == [false])
        scheduler.wait(.seconds(1))
        #expect(scheduler.finish(.number(1), 1).snapshotsWanted == [true])
        #expect(scheduler.finish(.number(1), 2, hasSnapshot: true).snapshotsWanted == [false])
    }

    @Test func aLargeStateIsAskedForMoreRarely() {
        let policy = SnapshotPolicy()
        #expect(policy.interval(stateBytes: 2_800_000, company: 1) == .seconds(10))
        #expect(policy.interval(stateBytes: 172_000_000, company: 1) == .seconds(86))
        // Documents that share a lane lose as little of its time.
        #expect(policy.interval(stateBytes: 2_800_000, company: 4) == .seconds(40))
        #expect(SnapshotPolicy(interval: .seconds(1)).interval(stateBytes: 172_000_000, company: 4) == .seconds(1))
    }

    @Test func noStateIsAskedForWithTheLastStep() {
        let scheduler = DrivenScheduler(snapshots: everyStep)
        scheduler.admit(plan)
        scheduler.open(0, tokens: 512)
        #expect(scheduler.join(.a, credit: 2).snapshotsWanted == [true, false])
    }

    @Test func aLostDocumentGoesOnFromItsSnapshot() {
        let scheduler = withSnapshot(after: 3)
        let actions = scheduler.tell(.workerLeft(.a)) + scheduler.join(.b)
        #expect(actions.contains(.restartDocument(.first(0), from: point(after: 4))))
        #expect(actions.contains(.grant(.b, .number(2), .first(0), from: point(after: 4))))
        #expect(actions.sent.first == .read(1024..<1280, isLast: false))
    }

    @Test func aDocumentWaitsForASnapshotThatIsBeingWritten() {
        let scheduler = withSnapshot(after: 3)
        scheduler.finish(.number(1), 4, hasSnapshot: true)
        #expect(scheduler.tell(.workerLeft(.a)).work == [.release(.a, .number(1)), .forget(.a)])
        #expect(scheduler.join(.b).granted == [])
        let actions = scheduler.tell(.snapshotWritten(.first(0), point(after: 5)))
        #expect(actions.first == .restartDocument(.first(0), from: point(after: 5)))
        #expect(actions.granted == [.first(0)])
    }

    @Test func aSnapshotThatIsNotWrittenLeavesTheOneBefore() {
        let scheduler = withSnapshot(after: 3)
        scheduler.finish(.number(1), 4, hasSnapshot: true)
        scheduler.tell(.workerLeft(.a))
        scheduler.join(.b)
        let actions = scheduler.tell(.snapshotLost(.first(0), point(after: 5)))
        #expect(actions.first == .restartDocument(.first(0), from: point(after: 4)))
    }

    /// Found by a simulation: the later one was lost first, and the document was given out before the earlier one came.
    @Test func aDocumentWaitsForAllSnapshotsThatAreBeingWritten() {
        let scheduler = withSnapshot(after: 3)
        scheduler.finish(.number(1), 4, hasSnapshot: true)
        scheduler.finish(.number(1), 5, hasSnapshot: true)
        scheduler.tell(.workerLeft(.a))
        scheduler.join(.b)
        #expect(scheduler.tell(.snapshotLost(.first(0), point(after: 6))).work == [])
        let actions = scheduler.tell(.snapshotWritten(.first(0), point(after: 5)))
        #expect(actions.contains(.grant(.b, .number(2), .first(0), from: point(after: 5))))
        #expect(actions.sent.first == .read(1280..<1536, isLast: false))
    }

    @Test func aSnapshotThatCannotBeReadGivesWayToTheOneBefore() {
        let scheduler = withSnapshot(after: 3)
        scheduler.finish(.number(1), 4, hasSnapshot: true)
        scheduler.tell(.snapshotWritten(.first(0), point(after: 5)))
        scheduler.tell(.workerLeft(.a))
        scheduler.join(.b)
        let second = scheduler.tell(.snapshotRefused(.b, .number(2)))
        #expect(
            second.prefix(3) == [
                .discardSnapshot(.first(0), point(after: 5)), .restartDocument(.first(0), from: point(after: 4)),
                .release(.b, .number(2)),
            ])
        #expect(second.contains(.grant(.b, .number(3), .first(0), from: point(after: 4))))
        let third = scheduler.tell(.snapshotRefused(.b, .number(3)))
        #expect(third.contains(.restartDocument(.first(0), from: nil)))
        #expect(third.contains(.grant(.b, .number(4), .first(0), from: nil)))
    }

    /// Who has brought results from a snapshot has read it, whatever it says later.
    @Test func aSnapshotThatWasUsedIsNotRefused() {
        let scheduler = withSnapshot(after: 3)
        scheduler.finish(.number(1), 4)
        let actions = scheduler.tell(.snapshotRefused(.a, .number(1)))
        #expect(actions.first == .restartDocument(.first(0), from: point(after: 4)))
        #expect(actions.contains(.release(.a, .number(1))))
    }

    /// A worker may say that it has room for everything.
    @Test func aWorkerHoldsNoMoreThanSoManyDocuments() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.join(.a, lanes: Limits.lanesPerWorker, batch: Limits.largestBatch, credit: 1 << 20)
        for ordinal in 0...Limits.documentsPerWorker { scheduler.open(ordinal, tokens: 1) }
        #expect(scheduler.documentsHeld(by: .a) == Limits.documentsPerWorker)
    }

    @Test func aDocumentWithASnapshotWaitsForItsProfile() {
        let scheduler = withSnapshot(after: 3)
        scheduler.join(.b, profile: "two")
        #expect(scheduler.tell(.workerLeft(.a)).granted == [])
        scheduler.wait(Limits.profilePatience - .seconds(1))
        #expect(scheduler.tell(.workerHeard(.b)).granted == [])
        scheduler.wait(.seconds(1))
        #expect(scheduler.nextDeadline.map { $0 <= scheduler.now } == true)
        let actions = scheduler.tell(.workerHeard(.b))
        #expect(actions.contains(.restartDocument(.first(0), from: nil)))
        #expect(actions.contains(.grant(.b, .number(2), .first(0), from: nil)))
    }

    @Test func aDocumentOfAnEarlierStartGoesOn() {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        scheduler.join(.a, profile: "one")
        let resumption = Resumption(profile: "one", points: [point(after: 2), point(after: 4)])
        scheduler.tell(.documentOpened(.first(0), resumption: resumption))
        // Its tokens are read again, from the first on.
        #expect(scheduler.tell(.tokensRead(.first(0), total: 1000, isComplete: false)).work == [])
        let actions = scheduler.tell(.tokensRead(.first(0), total: 1300, isComplete: false))
        #expect(actions.contains(.grant(.a, .number(1), .first(0), from: point(after: 4))))
        #expect(actions.sent == [.read(1024..<1280, isLast: false)])
    }

    // MARK: - Leaving

    @Test func aDrainingWorkerGetsNothingMoreAndGivesBack() {
        let scheduler = withSnapshot(after: 3)
        scheduler.join(.b)
        #expect(scheduler.tell(.workerDrains(.a)).work == [])
        #expect(scheduler.finish(.number(1), 4).sent == [])
        let actions = scheduler.tell(.leaseReturned(.a, .number(1), steps: 5, hasSnapshot: true))
        #expect(actions.work == [.keepSnapshot(.first(0), .number(1), point(after: 5)), .release(.a, .number(1))])
        let next = scheduler.tell(.snapshotWritten(.first(0), point(after: 5)))
        #expect(next.contains(.grant(.b, .number(2), .first(0), from: point(after: 5))))
    }

    @Test func aReturnedLeaseWithoutNewsGoesOnAtOnce() {
        let scheduler = withSnapshot(after: 3)
        scheduler.join(.b)
        scheduler.tell(.workerDrains(.a))
        // The state does not stand for all results that were taken, or for none.
        for (steps, hasSnapshot) in [(2, true), (9, true), (4, false)] {
            let scheduler = withSnapshot(after: 3)
            scheduler.join(.b)
            let actions = scheduler.tell(.leaseReturned(.a, .number(1), steps: steps, hasSnapshot: hasSnapshot))
            #expect(actions.first == .restartDocument(.first(0), from: point(after: 4)))
        }
    }

    // MARK: - Workers that do not get on

    @Test func aLaneThatDoesNotGetOnEndsItsWorkersLeases() {
        let scheduler = withSnapshot(after: 3)
        scheduler.tell(.workerHeard(.a, progress: [7]))
        for _ in 1..<Int(Limits.laneSilence.components.seconds) {
            scheduler.wait(.seconds(1))
            #expect(scheduler.tell(.workerHeard(.a, progress: [7])).work == [])
        }
        scheduler.wait(.seconds(1))
        #expect(scheduler.nextDeadline == scheduler.now)
        #expect(scheduler.tell(.tick).work.last == .forget(.a))
    }

    /// Whatever it says, or does not say, of its lanes.
    @Test(arguments: [[nil], [], [1, 2]] as [[UInt64?]])
    func stepsOfWhichNothingComesEndTheirWorkersLeases(progress: [UInt64?]) {
        let scheduler = withSnapshot(after: 3)
        for second in 1..<Int(Limits.laneSilence.components.seconds) + 100 {
            scheduler.wait(.seconds(1))
            #expect(!scheduler.tell(.workerHeard(.a, progress: progress)).work.contains(.forget(.a)))
            if second == 100 { scheduler.finish(.number(1), 4) }
        }
        scheduler.wait(.seconds(1))
        #expect(scheduler.tell(.tick).work.last == .forget(.a))
        // Who has nothing to do may be silent about it.
        scheduler.join(.b)
        scheduler.tell(.jobStopped(.first))
        for _ in 0..<Int(Limits.laneSilence.components.seconds) + 1 {
            scheduler.wait(.seconds(1))
            #expect(!scheduler.tell(.workerHeard(.b, progress: progress)).work.contains(.forget(.b)))
        }
    }

    /// Who waits for a deadline that a result has moved must not wait for it again.
    @Test func aTickForADeadlineThatWasMovedFindsTheNextOne() throws {
        let scheduler = withSnapshot(after: 3)
        for _ in 1..<Int(Limits.laneSilence.components.seconds) {
            scheduler.wait(.seconds(1))
            scheduler.tell(.workerHeard(.a, progress: [nil]))
        }
        scheduler.finish(.number(1), 4)
        scheduler.wait(.seconds(1))
        #expect(scheduler.tell(.tick).work == [])
        #expect(try #require(scheduler.nextDeadline) > scheduler.now)
    }

    @Test func aStepThatEndsThreeWorkersIsGivenUp() {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        (0..<2).forEach { scheduler.open($0, tokens: 25_600) }
        for number in 1...2 as ClosedRange<UInt64> {
            #expect(scheduler.join(WorkerID(number), lanes: 2, credit: 2).granted.count == 2)
            scheduler.wait(.seconds(1))
            // Whoever was gone before says nothing of the documents: they have their steps when it was heard.
            #expect(scheduler.tell(.workerHeard(WorkerID(number))).sent.count == (number == 1 ? 0 : 2))
            scheduler.wait(Limits.workerSilence)
            scheduler.tell(.tick)
        }
        // Either may be the reason: each goes out alone now.
        #expect(scheduler.join(WorkerID(3), lanes: 2, credit: 2).granted == [.first(0)])
        #expect(scheduler.join(WorkerID(4), lanes: 2, credit: 2).granted == [.first(1)])
        let lease = LeaseID.number(6)
        scheduler.wait(.seconds(1))
        #expect(scheduler.tell(.workerHeard(WorkerID(3))).sent.count == 1)
        #expect(scheduler.tell(.workerHeard(WorkerID(4))).sent.count == 1)
        scheduler.finish(lease, 0, by: WorkerID(4))
        scheduler.wait(Limits.workerSilence)
        scheduler.tell(.workerHeard(WorkerID(4)))
        // The workers may have been cut off: they have some time to come back.
        #expect(scheduler.tell(.tick).contains(.restartDocument(.first(0), from: nil)))
        #expect(scheduler.join(WorkerID(5)).granted == [])
        for _ in 0..<Int(Limits.returnPatience.components.seconds) {
            scheduler.wait(.seconds(1))
            scheduler.tell(.workerHeard(WorkerID(4)))
            scheduler.tell(.workerHeard(WorkerID(5)))
        }
        #expect(scheduler.nextDeadline == scheduler.now)
        let isGivenUp = scheduler.tell(.tick).contains {
            if case .giveUpDocument(.first(0), let failure) = $0 { failure.code == "too_many_failures" } else { false }
        }
        #expect(isGivenUp)
        // The other one had a result.
        #expect(scheduler.tell(.workerLost(WorkerID(4))).contains(.restartDocument(.first(1), from: nil)))
    }

    /// It has gone back to its start since.
    @Test func theStepThatEndsWorkersIsNamed() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        scheduler.open(0, tokens: 2560)
        for number in 1...3 as ClosedRange<UInt64> {
            scheduler.join(WorkerID(number))
            scheduler.wait(.seconds(1))
            scheduler.tell(.workerHeard(WorkerID(number)))
            for step in 0..<4 { scheduler.finish(.number(UInt32(number)), step, by: WorkerID(number)) }
            scheduler.tell(.workerLost(WorkerID(number)))
        }
        scheduler.wait(Limits.returnPatience)
        let failure = Failure(
            code: "too_many_failures",
            message: "3 workers were lost one after the other at the step after token 1024")
        #expect(scheduler.tell(.tick).contains(.giveUpDocument(.first(0), failure)))
    }

    @Test func aDocumentGoesOnWhenOneOfItsWorkersIsBack() {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        for number in 1...3 as ClosedRange<UInt64> {
            scheduler.join(WorkerID(number))
            scheduler.wait(.seconds(1))
            scheduler.tell(.workerHeard(WorkerID(number)))
            scheduler.tell(.workerLost(WorkerID(number)))
        }
        #expect(scheduler.join(WorkerID(4)).granted == [])
        let back = SchedulerEvent.workerJoined(WorkerID(5), lanes: 1, credit: 2, profile: "one", formerly: WorkerID(2))
        #expect(scheduler.tell(back).granted == [.first(0)])
    }

    @Test func aWorkerThatComesBackWasNotEnded() {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        for number in 1...6 as ClosedRange<UInt64> {
            let former = number > 1 ? WorkerID(number - 1) : nil
            scheduler.tell(
                .workerJoined(WorkerID(number), lanes: 1, credit: 2, profile: "one", formerly: former))
            scheduler.wait(.seconds(1))
            scheduler.tell(.workerHeard(WorkerID(number)))
            scheduler.wait(Limits.workerSilence)
            #expect(scheduler.tell(.tick).contains(.restartDocument(.first(0), from: nil)))
        }
    }

    @Test func aWorkerThatSaysGoodbyeWasNotEnded() {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        scheduler.open(0, tokens: 25_600)
        for number in 1...6 as ClosedRange<UInt64> {
            scheduler.join(WorkerID(number))
            #expect(scheduler.tell(.workerLeft(WorkerID(number))).contains(.restartDocument(.first(0), from: nil)))
        }
    }

    // MARK: - The end of a job

    @Test(arguments: [1.0, 2.5, 8.0]) func anIdleWorkerTakesADocumentFromAMuchSlowerOne(factor: Double) {
        let scheduler = DrivenScheduler()
        scheduler.admit(plan)
        scheduler.open(0, tokens: 256 * 30)
        scheduler.open(1, tokens: 256 * 3)
        scheduler.tell(.inputsExhausted(.first))
        scheduler.join(.a, credit: 1)
        scheduler.join(.b, credit: 1)
        // b takes a second for a chunk, a so many times longer.
        var isTaken = false
        var (sinceA, stepA, stepB) = (0.0, 0, 0)
        for half in 1...60 where !isTaken {
            scheduler.wait(.milliseconds(500))
            sinceA += 0.5
            var actions = scheduler.tell(.workerHeard(.a)) + scheduler.tell(.workerHeard(.b))
            if sinceA >= factor {
                actions += scheduler.finish(.number(1), stepA, by: .a)
                (sinceA, stepA) = (0, stepA + 1)
            }
            if half.isMultiple(of: 2), stepB < 3 {
                actions += scheduler.finish(.number(2), stepB, by: .b)
                stepB += 1
            }
            isTaken = actions.contains(.grant(.b, .number(3), .first(0), from: nil))
        }
        #expect(isTaken == (factor > 3))
        #expect(scheduler.documentsHeld(by: .a) == (isTaken || factor == 1 ? 0 : 1))
    }

    // MARK: - Bytes in flight

    @Test func largeStatesWaitForOneAnother() {
        let scheduler = DrivenScheduler(snapshots: everyStep)
        scheduler.admit(StepPlan(chunkTokens: 256, state: StateSize(fixed: 400 << 20)))
        (0..<8).forEach { scheduler.open($0, tokens: 25_600) }
        let wanted = (1...8 as ClosedRange<UInt64>).flatMap { scheduler.join(WorkerID($0), credit: 4).snapshotsWanted }
        // Three states pass the cap of a gigabyte, two that of a worker; each worker has a step all the same.
        #expect(wanted.count { $0 } == 3)
        #expect((1...8 as ClosedRange<UInt64>).allSatisfy { scheduler.documentsHeld(by: WorkerID($0)) == 1 })
    }
}

extension ResumePoint {
    fileprivate var next: ResumePoint { ResumePoint(steps: steps + 1, tokens: tokens + 256) }
}

extension SchedulerAction {
    fileprivate func keeps(_ point: ResumePoint) -> Bool {
        if case .keepSnapshot(_, _, point) = self { true } else { false }
    }
}

extension [SchedulerAction] {
    fileprivate var snapshotsWanted: [Bool] {
        compactMap { if case .sendStep(_, _, _, _, _, let wanted) = $0 { wanted } else { nil } }
    }
}
