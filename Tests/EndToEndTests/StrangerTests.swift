import Foundation
import TestSupport
import Testing

/// Whoever reaches the port and has no key, or speaks another language, is not noticed by those who work.
@Suite struct StrangerTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    /// Few descriptors, as a service may have.
    private static let fewDescriptors = ["/bin/sh", "-c", "ulimit -n 512 && exec \"$@\"", "sh"]

    /// The largest memory of a process, in bytes (proc(5), VmHWM).
    private func peakMemory(of process: RunningProcess) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(process.id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) << 10
    }

    @Test func aCrowdWithoutKeysIsNotNoticed() throws {
        let keys = try Keys(in: directory, "boss", "alice", "carol")
        try keys.allow([("worker", "alice"), ("client", "carol")])
        try LongJob.write(to: directory)
        let cluster = try Cluster(
            in: directory, options: keys.coordinator("boss"), clientOptions: keys.peer("carol", of: "boss"),
            wrapper: Self.fewDescriptors)
        defer { cluster.stop() }
        _ = try cluster.startWorker("alice", keys.peer("alice", of: "boss"))
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)
        var crowd: [Stranger] = []
        for number in 0..<1500 {
            let stranger = try Stranger(at: cluster.endpoint)
            switch number % 4 {
            case 0: break
            case 1: stranger.say(Stranger.greeting("CURVE"))
            case 2: stranger.say(Stranger.greeting("CURVE") + Stranger.head(4, bytes: 600 << 20))
            default: stranger.say(Array("GET / HTTP/1.1\r\n\r\n".utf8))
            }
            crowd.append(stranger)
        }
        // Whoever comes with a key is let in meanwhile.
        #expect(try cluster.status().workers.map(\.name) == ["alice"])
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsFailed == 0 && job.documentsMoved == 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        let status = try cluster.status()
        #expect(status.refused?["too_many_connections", default: 0] ?? 0 > 0)
        #expect(status.refused?["handshake", default: 0] ?? 0 > 0)
        #expect(try peakMemory(of: cluster.coordinator) < 100 << 20)
        withExtendedLifetime(crowd) {}
    }

    @Test func aMessageWithoutAnEndIsEnded() throws {
        let cluster = try Cluster(in: directory)
        defer { cluster.stop() }
        _ = try cluster.status()
        let before = try peakMemory(of: cluster.coordinator)
        let stranger = try Stranger(at: cluster.endpoint)
        stranger.say(Stranger.greeting("NULL") + Stranger.ready)
        let frame = Stranger.head(1, bytes: 1 << 20) + [UInt8](repeating: 0, count: 1 << 20)
        let taken = try stranger.sayWithoutEnd(frame)
        #expect(taken > 1 << 20)
        #expect(try peakMemory(of: cluster.coordinator) - before < 30 << 20)
        #expect(try cluster.status().refused?["unfinished_message"] == 1)
    }

    private static let open = ["--insecure", "--input-root", "/", "--output-root", "/"]

    @Test(
        .enabled(if: hasIPv6, "this machine has no IPv6"),
        arguments: [
            (bind: "tcp://[::1]:*", host: "[::1]", options: []), ("tcp://[::]:*", "127.0.0.1", open),
            ("tcp://[::]:*", "[::1]", open),
        ] as [(bind: String, host: String, options: [String])])
    func aClusterWorksOverIPv6(bind: String, host: String, options: [String]) throws {
        try work(bind: bind, host: host, options: options)
    }

    @Test(arguments: ["localhost", "127.0.0.1"]) func aClusterWorksAtLocalhost(host: String) throws {
        try work(bind: "tcp://localhost:*", host: host, options: [])
    }

    private func work(bind: String, host: String, options: [String]) throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        try directory.write(Documents.lines(tokenCounts: [3, 1]), to: "documents.jsonl")
        try directory.writeJob("score", model: "tiny")
        let cluster = try Cluster(in: directory, bind: bind, options: options)
        defer { cluster.stop() }
        let port = try #require(cluster.endpoint.split(separator: ":").last)
        let endpoint = "tcp://\(host):\(port)"
        _ = try cluster.launchWorker("one", endpoint: endpoint)
        let submitted = try Longscan.run(["submit", "job.yaml", "--coordinator", endpoint], in: directory.path)
        try #require(submitted.status == 0, "\(submitted.errors)")
        let id = submitted.output.trimmingCharacters(in: .whitespacesAndNewlines)
        #expect(try cluster.waitForEnd(of: id).state == "completed")
    }

    @Test func everyIPv6AddressNeedsKeysToo() throws {
        let ended = try Longscan.run(
            ["coordinator", "--bind", "tcp://[::]:*", "--state-dir", "state"], in: directory.path)
        #expect(ended.status == 78)
        #expect(ended.errors.contains("--insecure"))
    }

    @Test func anUnknownHostIsSaidToBeUnknown() throws {
        let endpoint = "tcp://nosuch.invalid:5555"
        let client = try Longscan.run(["status", "--coordinator", endpoint])
        #expect(client.status == 69)
        #expect(client.errors.hasPrefix("longscan: cannot connect to \(endpoint): unknown host 'nosuch.invalid'"))
        // The name of a machine that starts later may be known then.
        let worker = try Longscan.start(["worker", "--connect", endpoint, "--lanes", "1"])
        _ = try worker.errors.line(containing: "unknown host 'nosuch.invalid'")
        worker.send(SIGTERM)
        #expect(try worker.ended().status == 0)
    }
}

/// Whether this machine has addresses of IPv6 (proc(5), if_inet6).
private let hasIPv6 = (try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8))?.isEmpty == false
