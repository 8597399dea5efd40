import Coordination
import Testing

@Suite struct WorkerLimitTests {
    private static let now = Instant()

    private func hello(_ instance: Int, attempt: Int = 0) -> PeerMessage {
        .hello(
            .init(
                name: "w\(instance)", instance: UInt64(instance), attempt: attempt, lanes: 1, credit: 2, profile: "p"))
    }

    private func refusals(_ actions: [Coordinator<Int>.Action]) -> [CoordinatorMessage.Refused] {
        actions.compactMap { if case .refuse(.badHello, let refused, _) = $0 { refused } else { nil } }
    }

    /// A coordinator that has no room says so, and has room again when a worker leaves.
    @Test func oneWorkerMoreThanThereMayBeIsRefused() {
        var coordinator = Coordinator<Int>(epoch: 1)
        for number in 0..<Limits.workers {
            let actions = coordinator.handle(.said(hello(number), by: number), at: Self.now)
            #expect(refusals(actions).isEmpty)
        }
        let refused = refusals(coordinator.handle(.said(hello(1 << 41), by: Limits.workers), at: Self.now))
        #expect(refused.map(\.failure.code) == ["too_many_workers"] && refused.map(\.reason) == [.tryAgain])
        let count = coordinator.workers.count
        #expect(count == Limits.workers)
        // A worker that is here comes back on another connection.
        let again = coordinator.handle(.said(hello(0, attempt: 1), by: Limits.workers + 1), at: Self.now)
        #expect(refusals(again).isEmpty)
        _ = coordinator.handle(.said(.goodbye, by: 1), at: Self.now)
        let next = coordinator.handle(.said(hello(1 << 40), by: Limits.workers), at: Self.now)
        #expect(refusals(next).isEmpty)
        let most = coordinator.workers.count
        #expect(most == Limits.workers)
    }
}
