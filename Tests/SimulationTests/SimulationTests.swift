import Coordination
import FoundationEssentials
import Testing

/// A whole cluster in one process, from a seed: whatever happens, the promises are kept.
///
/// `LONGSCAN_SIMULATION_SEEDS` says how many worlds, `LONGSCAN_SIMULATION_FIRST_SEED` which is the first.
@Suite struct SimulationTests {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment["LONGSCAN_SIMULATION_" + name].flatMap { UInt64($0) }
    }

    private static let firstSeed = setting("FIRST_SEED") ?? 1
    private static let seeds = setting("SEEDS") ?? 2000

    /// Why a world failed, how to see it again, and what happened before: the end of it, or all if it is the only one.
    private static func failure(_ seed: UInt64, _ violation: Violation) -> Comment {
        let world = World(seed: seed, isTraced: true)
        try? world.run()
        let events = (world.trace ?? []).filter { line in
            !["eartbeat", "Tick", "arrival"].contains { line.contains($0) }
        }
        return """
            seed \(seed), at \(world.now.sinceStart): \(violation)
            again: LONGSCAN_SIMULATION_SEEDS=1 LONGSCAN_SIMULATION_FIRST_SEED=\(seed) \
            swift test -c release --filter SimulationTests
            \(events.suffix(seeds == 1 ? events.count : 40).joined(separator: "\n"))
            """
    }

    @Test func everyWorldKeepsThePromises() {
        var tally = Tally()
        for seed in Self.firstSeed..<Self.firstSeed + Self.seeds {
            let world = World(seed: seed)
            do {
                try world.run()
            } catch {
                Issue.record(Self.failure(seed, error))
                return
            }
            tally.add(world.tally)
        }
        // A few worlds do not see everything.
        if Self.seeds >= 300 {
            #expect(tally.missing == [])
        }
    }

    @Test(arguments: Plant.allCases) func plantedBugsAreFound(plant: Plant) {
        for seed in 1...200 as ClosedRange<UInt64> {
            let world = World(seed: seed, plant: plant)
            do {
                try world.run()
            } catch {
                #expect(plant.rules.contains(error.rule), "seed \(seed): \(error)")
                return
            }
        }
        Issue.record("\(plant) went unnoticed")
    }

    @Test(arguments: 1...8 as ClosedRange<UInt64>) func theSameSeedIsTheSameHistory(seed: UInt64) {
        let histories = (0..<2).map { _ in
            let world = World(seed: seed, isTraced: true)
            try? world.run()
            return world.trace
        }
        #expect(histories[0] == histories[1])
    }
}
