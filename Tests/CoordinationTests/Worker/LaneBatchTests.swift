import Coordination
import Testing

/// Steps that a lane computes side by side.
@Suite struct LaneBatchTests {
    private let leases = (1...9).map { LeaseID.number($0) }

    /// The lanes that get the steps, `nil` for one that waits.
    private func lanes(_ worker: DrivenWorker, _ steps: [Step]) -> [Int?] {
        steps.map { step in
            worker.hear(.step(step)).lazy.compactMap { action in
                if case .compute(let lane, step) = action { lane } else { nil }
            }.first
        }
    }

    @Test func generatingStepsFillTheBatchesEvenly() {
        let worker = DrivenWorker.joined(lanes: 2, batch: 3, leases: leases)
        #expect(lanes(worker, leases.prefix(7).map { .generating($0) }) == [0, 1, 0, 1, 0, 1, nil])
        #expect(
            worker.compute(leases[1], 0, lane: 1) == [
                .result(leases[1], 0), .compute(lane: 1, .generating(leases[6])),
            ])
    }

    @Test func shortStepsShareALaneUpToTwoPasses() {
        let worker = DrivenWorker.joined(lanes: 1, batch: 8, leases: leases)
        #expect(lanes(worker, leases.prefix(4).map { .reading($0, 200) }) == [0, 0, nil, nil])
        #expect(worker.compute(leases[0], 0, lane: 0).last == .compute(lane: 0, .reading(leases[2], 200)))
    }

    @Test func aLongStepGoesToALaneThatReadsNothing() {
        let worker = DrivenWorker.joined(lanes: 2, batch: 8, leases: leases)
        let steps = [
            Step.reading(leases[0], 100), .generating(leases[1]), .reading(leases[2], 4000), .reading(leases[3], 4000),
            .generating(leases[4]), .reading(leases[5], 50),
        ]
        #expect(lanes(worker, steps) == [0, 1, 1, nil, 0, 0])
        // The long one that waits is taken by the lane that is free of reading first.
        #expect(worker.compute(leases[0], 0, lane: 0) == [.result(leases[0], 0)])
        #expect(worker.compute(leases[5], 0, lane: 0).last == .compute(lane: 0, steps[3]))
    }

    @Test func aLaneIsStuckWhenNoneOfItsStepsGetsOn() {
        let worker = DrivenWorker.joined(lanes: 1, batch: 3, leases: leases)
        _ = lanes(worker, leases.prefix(3).map { .generating($0) })
        worker.tell(.tick(progress: [7]))
        worker.wait(Limits.laneSilence)
        worker.hear(.heartbeat)
        #expect(worker.compute(leases[0], 0, lane: 0).first == .result(leases[0], 0))
        worker.tell(.tick(progress: [8]))
        worker.wait(Limits.laneSilence)
        worker.hear(.heartbeat)
        #expect(worker.tell(.tick(progress: [8])).contains(.giveUp(lane: 0)))
    }

    @Test func toldToStopItEndsGeneratingAndGivesAllBack() {
        let worker = DrivenWorker.joined(lanes: 1, batch: 3, leases: Array(leases.prefix(3)))
        _ = lanes(worker, [.generating(leases[0]), .generating(leases[1])])
        #expect(worker.tell(.stop) == [.send(.drain), .handBack(leases[2], nextStep: 0), .endGenerating])
        #expect(worker.compute(leases[1], 0, lane: 0) == [.result(leases[1], 0), .handBack(leases[1], nextStep: 1)])
        #expect(worker.compute(leases[0], 0, lane: 0) == [.result(leases[0], 0), .handBack(leases[0], nextStep: 1)])
    }
}
