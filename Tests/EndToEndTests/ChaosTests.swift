import Foundation
import TestSupport
import Testing

/// Workers and coordinator killed, paused, stopped and cut off at random, while they work.
///
/// `LONGSCAN_CHAOS_SECONDS=600 LONGSCAN_CHAOS_SEED=7 Tests/run --filter Chaos` for longer, with a seed.
@Suite struct ChaosTests {
    private static let settings = ProcessInfo.processInfo.environment
    private static let seconds = settings["LONGSCAN_CHAOS_SECONDS"].flatMap { Int($0) }
    private static let seed = settings["LONGSCAN_CHAOS_SEED"].flatMap { UInt64($0) } ?? 1

    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func expectToSurvive(_ chaos: Chaos) throws {
        do {
            try chaos.run(for: .seconds(Self.seconds ?? 8))
        } catch {
            throw Failure("\(error)\n\(chaos.story)")
        }
        if Self.seconds != nil { print(chaos.story + chaos.summary) }
    }

    @Test func processesAndConnections() throws {
        let cluster = try Cluster(in: directory, options: ["--snapshot-chunks", "1"])
        defer { cluster.stop() }
        let proxy = try FaultyProxy(to: cluster.endpoint)
        let places = [
            Chaos.Place(name: "direct"), Chaos.Place(name: "proxied", endpoint: proxy.endpoint),
            Chaos.Place(name: "also-proxied", endpoint: proxy.endpoint),
        ]
        let chaos = try Chaos(cluster, places: places, proxy: proxy, seed: Self.seed)
        try expectToSurvive(chaos)
        #expect(proxy.bytes > 0)
        #expect(FaultyProxy.Fault.allCases.allSatisfy { chaos.counts[.connection($0), default: 0] > 0 })
        #expect(Chaos.Fault.ofProcesses.allSatisfy { chaos.counts[$0, default: 0] > 0 })
    }

    @Test(.enabled(if: Namespaces.canNetwork, Namespaces.why))
    func hostsAndLinks() throws {
        let network = try Network(hosts: 3)
        defer { network.remove() }
        let cluster = try Cluster(
            in: directory, bind: "tcp://\(network.address(0)):*",
            options: ["--insecure", "--input-root", "/", "--output-root", "/", "--snapshot-chunks", "1"],
            wrapper: network.wrapper(0))
        defer { cluster.stop() }
        let places = (0...2).map {
            Chaos.Place(name: "host-\($0)", wrapper: network.wrapper($0), host: $0 == 0 ? nil : $0)
        }
        let chaos = try Chaos(cluster, places: places, network: network, seed: Self.seed)
        try expectToSurvive(chaos)
        #expect((Chaos.Fault.ofProcesses + [.cutLink]).allSatisfy { chaos.counts[$0, default: 0] > 0 })
    }
}
