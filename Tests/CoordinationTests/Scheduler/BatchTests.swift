import Coordination
import Jobs
import Testing

/// Documents that share a lane: how many a worker gets.
@Suite struct BatchTests {
    /// A plan whose documents generate.
    private static let generating = StepPlan(chunkTokens: 256, generation: .init(samples: 1, maxTokens: 1000))

    @Test func documentsThatGenerateFillTheBatch() {
        let scheduler = DrivenScheduler()
        scheduler.admit(Self.generating)
        for ordinal in 0..<20 { scheduler.open(ordinal, tokens: 10) }
        let granted = scheduler.join(.a, lanes: 2, batch: 4, credit: 10).granted
        #expect(granted == (0..<8).map { .first($0) })
        // One that ends makes room for one.
        #expect(scheduler.finish(.number(1), 0, .documentFailed).granted == [.first(8)])
    }

    @Test func whoHasLeastGetsTheNext() {
        let scheduler = DrivenScheduler()
        scheduler.admit(Self.generating)
        scheduler.join(.a, batch: 8, credit: 9)
        scheduler.join(.b, batch: 8, credit: 9)
        for ordinal in 0..<6 { scheduler.open(ordinal, tokens: 10) }
        #expect(scheduler.documentsHeld(by: .a) == 3)
        #expect(scheduler.documentsHeld(by: .b) == 3)
    }

    /// Else a worker would take prompts for minutes, while others that come have nothing to read.
    @Test func promptsAreTakenOneAfterTheOther() {
        let scheduler = DrivenScheduler()
        scheduler.admit(StepPlan(chunkTokens: 2048, generation: .init(samples: 1, maxTokens: 1000)))
        for ordinal in 0..<5 { scheduler.open(ordinal, tokens: 6000) }
        #expect(scheduler.join(.a, batch: 8, credit: 9).granted == [.first(0)])
        #expect(scheduler.finish(.number(1), 0).granted == [])
        // The last of its three chunks is short.
        #expect(scheduler.finish(.number(1), 1).granted == [.first(1)])
    }

    @Test func aLongDocumentHasTheLaneForItself() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<5 { scheduler.open(ordinal, tokens: 5000) }
        #expect(scheduler.join(.a, lanes: 2, batch: 8, credit: 18).granted == [.first(0), .first(1)])
    }

    @Test func shortDocumentsAreTakenUntilThereIsEnoughToRead() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<40 { scheduler.open(ordinal, tokens: 200) }
        let granted = scheduler.join(.a, batch: 32, credit: 33).granted
        #expect(granted.count == 11)
        #expect(granted.count * 200 >= Limits.passesPerLane * Job.blockTokens)
        #expect(scheduler.finish(.number(1), 0).granted == [.first(11)])
    }

    @Test func largerPassesTakeMoreDocuments() {
        let scheduler = DrivenScheduler()
        scheduler.admit()
        for ordinal in 0..<200 { scheduler.open(ordinal, tokens: 200) }
        let granted = scheduler.join(.a, batch: 128, credit: 129, rowsPerPass: 1024).granted
        #expect(granted.count == 41)
        #expect(granted.count * 200 >= Limits.passesPerLane * 1024)
    }

    @Test func aWorkerWithMoreMemoryTakesMoreStates() {
        let scheduler = DrivenScheduler()
        let plan = StepPlan(
            chunkTokens: 256, generation: .init(samples: 1, maxTokens: 1000), state: StateSize(fixed: 1 << 20))
        scheduler.admit(plan)
        for ordinal in 0..<20 { scheduler.open(ordinal, tokens: 10) }
        #expect(scheduler.join(.a, batch: 8, credit: 9, stateBytes: 3 << 20).granted.count == 3)
        #expect(scheduler.join(.b, batch: 8, credit: 9, stateBytes: 5 << 20).granted.count == 5)
    }

    @Test func statesThatDoNotFitAreNotTaken() {
        let scheduler = DrivenScheduler()
        let plan = StepPlan(
            chunkTokens: 256, generation: .init(samples: 1, maxTokens: 1000),
            state: StateSize(fixed: Limits.stateBytesPerWorker / 3)
        )
        scheduler.admit(plan)
        for ordinal in 0..<20 { scheduler.open(ordinal, tokens: 10) }
        #expect(scheduler.join(.a, batch: 8, credit: 9).granted.count == 4)
        // One a lane always does.
        #expect(scheduler.join(.b, lanes: 6, batch: 1, credit: 12).granted.count == 6)
    }

    @Test(arguments: [0, Limits.stateBytesPerWorker / 512]) func statesThatHaveGrownLeaveNoRoom(perToken: Int) {
        let scheduler = DrivenScheduler()
        scheduler.admit(
            StepPlan(
                chunkTokens: 256, generation: .init(samples: 1, maxTokens: 1000),
                state: StateSize(fixed: 1, perToken: perToken)))
        for ordinal in 0..<2 { scheduler.open(ordinal, tokens: 256) }
        #expect(scheduler.join(.a, batch: 8, credit: 9).granted.count == 2)
        for lease: UInt32 in [1, 2] { scheduler.finish(.number(lease), 0) }
        #expect(scheduler.open(2, tokens: 10).granted == (perToken == 0 ? [.first(2)] : []))
        // One that ends makes room.
        #expect(scheduler.finish(.number(1), 1, .documentFailed).granted == (perToken == 0 ? [] : [.first(2)]))
    }

    @Test func aWorkerThatComesLateTakesWhatWaits() {
        let scheduler = DrivenScheduler()
        scheduler.admit(Self.generating)
        for ordinal in 0..<7 { scheduler.open(ordinal, tokens: 10) }
        #expect(scheduler.join(.a, batch: 4, credit: 5).granted.count == 4)
        #expect(scheduler.join(.b, batch: 4, credit: 5).granted == [.first(4), .first(5), .first(6)])
    }
}
