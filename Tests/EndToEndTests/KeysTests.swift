import Foundation
import TestSupport
import Testing

/// Coordinator, workers and clients with keys, as processes of their own.
@Suite struct KeysTests {
    let directory: TemporaryDirectory
    let keys: Keys

    init() throws {
        directory = try TemporaryDirectory()
        keys = try Keys(in: directory, "boss", "alice", "bob", "carol")
        try keys.allow([("worker", "alice"), ("worker", "bob"), ("client", "carol")])
    }

    private func cluster() throws -> Cluster {
        try Cluster(
            in: directory, options: keys.coordinator("boss"), clientOptions: keys.peer("carol", of: "boss"))
    }

    @Test func keygenMakesAPairOnce() throws {
        let secret = try directory.bytes("keys/alice.key")
        let attributes = try FileManager.default.attributesOfItem(atPath: keys.secret("alice"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        #expect(try keys.text("alice").count == 40)
        #expect(try keys.text("alice") != keys.text("bob"))
        let again = try Longscan.run(["keygen", "--output", "keys/alice"], in: directory.path)
        #expect(again.status == 73 && again.errors.contains("keys/alice.key exists"))
        #expect(try directory.bytes("keys/alice.key") == secret)
        // Neither half is overwritten.
        try FileManager.default.removeItem(atPath: keys.secret("alice"))
        #expect(try Longscan.run(["keygen", "--output", "keys/alice"], in: directory.path).status == 73)
        #expect(!directory.exists("keys/alice.key"))
        let made = try Longscan.run(["keygen", "--output", "dave"], in: directory.path)
        #expect(made.status == 0 && made.output.contains("\nworker,client  dave  "))
        for role in ["worker", "client"] { #expect(made.output.contains("\n\(role)  dave  ")) }
        #expect(try !made.output.contains(secretText("dave.key")))
    }

    private func secretText(_ name: String) throws -> String {
        let text = String(decoding: try directory.bytes(name), as: UTF8.self)
        return String(try #require(text.split(separator: " ").last).dropLast())
    }

    @Test func aClusterWithKeysWorks() throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        try directory.write(Documents.lines(tokenCounts: [300, 1, 2000]), to: "documents.jsonl")
        try directory.writeJob("score", model: "tiny")
        try directory.writeJob("score", model: "tiny", output: "alone.jsonl", to: "alone.yaml")
        let cluster = try cluster()
        defer { cluster.stop() }
        // A key may be given as it is, and all of it by the environment.
        let key = try keys.text("boss")
        _ = try cluster.startWorker("one", ["--key", keys.secret("alice"), "--coordinator-key", key])
        _ = try cluster.startWorker(
            "two",
            wrapper: [
                "/usr/bin/env", "LONGSCAN_KEY=\(keys.secret("bob"))",
                "LONGSCAN_COORDINATOR_KEY=\(keys.public("boss"))",
            ])
        #expect(try cluster.waitForEnd(of: cluster.submit("job.yaml")).state == "completed")
        #expect(try cluster.status().refused == nil)
        #expect(try Longscan.run(["run", "alone.yaml"], in: directory.path).status == 0)
        #expect(try directory.bytes("rows.jsonl") == directory.bytes("alone.jsonl"))
    }

    @Test func aKeyThatBeginsWithADashIsNoOption() throws {
        let client = try Longscan.run(
            ["status", "--coordinator", "tcp://127.0.0.1:9", "--key", keys.secret("carol")]
                + ["--coordinator-key", "-bcdefghijklmnopqrstuvwxyz0123456789ABCD"])
        #expect(client.status == 69, "\(client.errors)")
    }

    @Test func whoIsNotOnTheListIsToldSo() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let stranger = try Keys(in: directory, "dave")
        let worker = try Longscan.run(
            ["worker", "--connect", cluster.endpoint, "--lanes", "1"] + stranger.peer("dave", of: "boss"))
        #expect(try worker.status == 77 && worker.errors.contains(keys.text("dave")))
        let client = try Longscan.run(
            ["status", "--coordinator", cluster.endpoint] + stranger.peer("dave", of: "boss"))
        #expect(try client.status == 77 && client.errors.contains(keys.text("dave")))
        #expect(try cluster.coordinator.errors.line(containing: "unknown_key").text.contains(keys.text("dave")))
        let refused = try #require(try cluster.status().refused)
        #expect(refused["unknown_key", default: 0] >= 2)
        #expect(try cluster.client(["status"]).output.contains("unknown_key"))
    }

    @Test func rolesAreKept() throws {
        try directory.write(Documents.lines(tokenCounts: [1]), to: "documents.jsonl")
        try directory.writeJob("score")
        let cluster = try cluster()
        defer { cluster.stop() }
        let submit = try Longscan.run(
            ["submit", "job.yaml", "--coordinator", cluster.endpoint] + keys.peer("alice", of: "boss"),
            in: directory.path)
        #expect(submit.status == 77 && submit.errors.contains("alice may not submit jobs"))
        #expect(submit.errors.contains("has its key as worker;"))
        let worker = try Longscan.run(
            ["worker", "--connect", cluster.endpoint, "--lanes", "1"] + keys.peer("carol", of: "boss"))
        #expect(worker.status == 77 && worker.errors.contains("carol may not take work"))
        let status = try cluster.status()
        #expect(status.jobs.isEmpty && status.workers.isEmpty && status.refused?["wrong_role"] == 2)
    }

    @Test(arguments: [false, true])
    func withoutTheRightKeysNobodyGetsThrough(hasKeys: Bool) throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        // The key of somebody who is no coordinator, or no keys at all.
        let options = hasKeys ? keys.peer("carol", of: "alice") : []
        let client = try Longscan.run(["status", "--coordinator", cluster.endpoint] + options)
        #expect(client.status == 77 && client.errors.contains("do not agree on keys"))
        let worker = try Longscan.start(["worker", "--connect", cluster.endpoint, "--lanes", "1"] + options)
        _ = try worker.errors.line(containing: "do not agree on keys")
        worker.send(SIGTERM)
        #expect(try worker.ended().status == 0)
        #expect(try cluster.status().workers.isEmpty)
    }

    @Test func aRevokedWorkerIsDropped() throws {
        try LongJob.write(to: directory)
        let cluster = try cluster()
        defer { cluster.stop() }
        let alice = try cluster.startWorker("alice", keys.peer("alice", of: "boss"))
        _ = try cluster.startWorker("bob", keys.peer("bob", of: "boss"))
        let id = try cluster.submit("job.yaml")
        try cluster.waitForMiddle(of: id)
        try keys.allow([("worker", "bob"), ("client", "carol")])
        cluster.coordinator.send(SIGHUP)
        let ended = try alice.ended()
        #expect(ended.status == 77 && ended.errors.contains("does not allow this key"))
        let job = try cluster.waitForEnd(of: id)
        #expect(job.state == "completed" && job.documentsMoved > 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        let status = try cluster.status()
        #expect(status.workers.map(\.name) == ["bob"])
        #expect(status.refused?["not_allowed", default: 0] ?? 0 >= 1)
        // Nor does it come back.
        let again = try Longscan.run(
            ["worker", "--connect", cluster.endpoint, "--lanes", "1"] + keys.peer("alice", of: "boss"))
        #expect(again.status == 77)
    }

    @Test func aBrokenListChangesNothing() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let alice = try cluster.startWorker("alice", keys.peer("alice", of: "boss"))
        try directory.write("client carol \(keys.text("carol"))\nwroker bob \(keys.text("bob"))\n", to: "allow")
        cluster.coordinator.send(SIGHUP)
        let line = try cluster.coordinator.errors.line(containing: "the allow-list stays as it was").text
        #expect(line.contains("\(keys.allow):2: 'wroker' is no role"))
        _ = try cluster.startWorker("bob", keys.peer("bob", of: "boss"))
        try FileManager.default.removeItem(atPath: keys.allow)
        cluster.coordinator.send(SIGHUP)
        _ = try cluster.coordinator.errors.line(containing: "\(keys.allow) does not exist")
        #expect(try cluster.status().workers.map(\.name) == ["alice", "bob"])
        alice.send(SIGTERM)
        #expect(try alice.ended().status == 0)
    }

    @Test func aListThatGrowsLetsMoreIn() throws {
        let cluster = try cluster()
        defer { cluster.stop() }
        let dave = try Keys(in: directory, "dave")
        try dave.allow([("worker", "alice"), ("client", "carol"), ("worker,client", "dave")])
        cluster.coordinator.send(SIGHUP)
        _ = try cluster.coordinator.errors.line(containing: "the allow-list was read")
        _ = try cluster.startWorker("dave", dave.peer("dave", of: "boss"))
        let status = try Longscan.run(
            ["status", "--coordinator", cluster.endpoint] + dave.peer("dave", of: "boss"))
        #expect(status.status == 0 && status.output.contains("dave"))
    }

    /// A command that cannot start, and what it says: after `coordinator` or `status`.
    @Test(arguments: [
        (["coordinator", "--key", "keys/boss.key"], 64, "--key needs --allow"),
        (["coordinator", "--allow", "allow"], 64, "--allow needs --key"),
        (["coordinator", "--key", "keys/boss.key", "--allow", "allow", "--insecure"], 64, "exclude each other"),
        (["coordinator", "--key", "none.key", "--allow", "allow"], 78, "none.key does not exist"),
        (["coordinator", "--key", "keys/boss.key", "--allow", "none"], 78, "none does not exist"),
        (["coordinator", "--key", "keys/boss.pub", "--allow", "allow"], 78, "holds a public key"),
        (["coordinator", "--key", "allow", "--allow", "allow"], 78, "allow is no secret key"),
        (["coordinator", "--key", "keys/boss.key", "--allow", "keys/boss.key"], 78, "keys/boss.key:2: "),
        (["status", "--key", "keys/carol.key"], 64, "--key needs --coordinator-key"),
        (["status", "--coordinator-key", "keys/boss.pub"], 64, "--coordinator-key needs --key"),
        (["status", "--key", "keys/carol.key", "--coordinator-key", "keys/boss.key"], 78, "holds a secret key"),
        (["status", "--key", "keys/carol.key", "--coordinator-key", "nonsense"], 78, "nonsense does not exist"),
        (["keygen", "--output", "a b"], 64, "without white space"),
        (["keygen", "--output", "keys/"], 64, "keys/host-b"),
    ])
    func mistakesAreNamed(arguments: [String], status: Int32, message: String) throws {
        let ended = try Longscan.run(arguments, in: directory.path)
        #expect(ended.status == status && ended.errors.contains(message), "\(ended.errors)")
    }

    /// Rights of a key file, and whether it is taken.
    @Test(arguments: [
        (0o600, true), (0o400, true), (0o440, true), (0o640, true), (0o644, false), (0o660, false), (0o602, false),
    ])
    func anOpenSecretIsRefused(mode: Int, isTaken: Bool) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: keys.secret("carol"))
        // As Kubernetes has it: the link's own rights say nothing.
        try FileManager.default.createSymbolicLink(
            atPath: directory.path("link.key"), withDestinationPath: keys.secret("carol"))
        for path in [keys.secret("carol"), directory.path("link.key")] {
            let options = ["--key", path, "--coordinator-key", keys.public("boss")]
            let ended = try Longscan.run(["status", "--coordinator", "tcp://127.0.0.1:1"] + options)
            #expect(ended.status == (isTaken ? 69 : 78))
            #expect(ended.errors.contains("chmod 600 \(keys.secret("carol"));") == !isTaken, "\(ended.errors)")
        }
    }

    /// A group that this process is not in may not read it, nor may its owner be somebody else.
    @Test(.enabled(if: geteuid() == 0)) func aKeyOfOthersIsRefused() throws {
        let files = FileManager.default
        let command = ["status", "--coordinator", "tcp://127.0.0.1:1"] + keys.peer("carol", of: "boss")
        try files.setAttributes(
            [.posixPermissions: 0o440, .groupOwnerAccountID: 54321], ofItemAtPath: keys.secret("carol"))
        #expect(try Longscan.run(command).errors.contains("chmod 600"))
        // The supplementary group of a pod.
        let pod = ["/usr/bin/setpriv", "--groups", "54321"]
        #expect(try Longscan.start(command, wrapper: pod).ended().status == 69)
        try files.setAttributes([.posixPermissions: 0o600, .ownerAccountID: 54321], ofItemAtPath: keys.secret("carol"))
        let ended = try Longscan.run(command)
        #expect(ended.status == 78 && ended.errors.contains("belongs to user 54321"))
    }

    @Test func aClientsVariableIsExplainedToACoordinator() throws {
        func coordinator(_ options: String...) throws -> Ended {
            let arguments = ["coordinator", "--bind", "tcp://nowhere.invalid:1", "--state-dir", "state"] + options
            let wrapper = ["/usr/bin/env", "LONGSCAN_KEY=\(keys.secret("carol"))"]
            return try Longscan.start(arguments, in: directory.path, wrapper: wrapper).ended()
        }
        let ended = try coordinator()
        #expect(ended.status == 64 && ended.errors.contains("env -u LONGSCAN_KEY"), "\(ended.errors)")
        // What the command line says comes first: it gets as far as its endpoint.
        #expect(try coordinator("--insecure").errors.contains("cannot bind"))
    }

    /// With keys a coordinator may be reached from anywhere.
    @Test func keysOpenThePort() throws {
        let cluster = try Cluster(
            in: directory, bind: "tcp://0.0.0.0:*", options: keys.coordinator("boss"),
            clientOptions: keys.peer("carol", of: "boss"))
        defer { cluster.stop() }
        #expect(try cluster.status().workers.isEmpty)
    }
}
