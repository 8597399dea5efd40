import Foundation
import TestSupport
import Testing

/// Coordinator and workers on different hosts, which share a network and no port.
@Suite struct NetworkTests {
    @Test(.enabled(if: Namespaces.canNetwork, Namespaces.why))
    func hostsWorkTogether() throws {
        let directory = try TemporaryDirectory()
        // The coordinator's model lies elsewhere than the workers'.
        try FileManager.default.createDirectory(atPath: directory.path("there"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: Longscan.books, toPath: directory.path("there/books"))
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("books"), withDestinationPath: Longscan.books)
        try LongJob.write(to: directory, model: "books")
        let network = try Network(hosts: 3)
        defer { network.remove() }
        let cluster = try Cluster(
            in: directory, bind: "tcp://\(network.address(0)):*",
            options: ["--insecure", "--input-root", "/", "--output-root", "/"], wrapper: network.wrapper(0))
        defer { cluster.stop() }
        #expect(cluster.endpoint.hasPrefix("tcp://\(network.address(0)):"))
        let models = ["--model-dir", directory.path("there")]
        _ = try cluster.startWorker("first", models, wrapper: network.wrapper(1))
        _ = try cluster.startWorker("second", models, wrapper: network.wrapper(2))
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)

        // Nobody is told when a cable is pulled.
        try network.setLink(of: 1, isUp: false)
        _ = try cluster.coordinator.errors.line {
            $0.contains("a worker is gone") && $0.contains("worker=first")
        }
        let before = cluster.coordinator.errors.count
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsMoved > 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())

        try network.setLink(of: 1, isUp: true)
        _ = try cluster.coordinator.errors.line(skipping: before) {
            $0.contains("a worker joined") && $0.contains("worker=first")
        }
    }
}
