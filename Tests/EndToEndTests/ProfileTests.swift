import Foundation
import TestSupport
import Testing

/// Workers whose arithmetic has different bits.
@Suite struct ProfileTests {
    @Test func theManifestCountsTheDocumentsOfEachProfile() throws {
        let directory = try TemporaryDirectory()
        try LongJob.write(to: directory)
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.startWorker("usual")
        _ = try cluster.startWorker("portable", wrapper: ["/usr/bin/env", "LONGSCAN_INSTRUCTIONS=portable"])
        let profiles = Set(try cluster.status().workers.map(\.profile))
        #expect(profiles.contains { $0.contains("kernels portable") })
        let id = try cluster.submit("job.yaml")
        _ = try cluster.waitForMiddle(of: id)
        // What was finished before a restart counts too.
        cluster.coordinator.send(SIGKILL)
        _ = try cluster.coordinator.ended()
        try cluster.restartCoordinator()
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed")
        let manifest = try directory.manifest()
        #expect(Set(manifest.profiles.map(\.profile)) == profiles)
        #expect(manifest.profiles.allSatisfy { $0.documents > 0 })
        #expect(manifest.profiles.reduce(0) { $0 + $1.documents } == LongJob.tokenCounts.count)
    }
}
