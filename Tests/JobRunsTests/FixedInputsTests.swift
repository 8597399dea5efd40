import Coordination
import Documents
import Foundation
import JobRuns
import Jobs
import TestSupport
import Testing

/// The list of inputs is made when the job begins, and hashes are of the bytes that were read.
@Suite struct FixedInputsTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private struct ManifestInputs: Decodable {
        struct Input: Decodable {
            var path: String
            var sha256: String?
        }
        var inputs: [Input]
    }

    private func inputs() throws -> [ManifestInputs.Input] {
        try JSONDecoder().decode(ManifestInputs.self, from: Data(directory.text("rows.manifest.json").utf8)).inputs
    }

    private func start() throws -> StartedJob {
        try StartedJob(in: directory, input: "in", model: try DemoModel.ofText())
    }

    @Test func aFileThatChangesBeforeItIsReadIsAnErrorRow() throws {
        for name in ["a", "b"] { try directory.write("The \(name) whale.", to: "in/\(name).txt") }
        let job = try start()
        try job.read(1)
        // The first was read: what becomes of it now does not matter.
        try directory.write("Something else.", to: "in/a.txt")
        try directory.write("Something else.", to: "in/b.txt")
        try job.read()
        try job.complete(0)
        try job.run.finish()
        #expect(
            try directory.text("rows.errors.jsonl").contains(
                #""code":"input_changed","message":"\#(directory.path)/in/b.txt was changed since the job began"#))
        // SHA-256 of "The a whale.", by sha256sum.
        let digest = "de59c67e4e46aeac0bd7781a1c2d14fbc33a19e5cb50f6b0811da21030283fd1"
        #expect(try inputs().map(\.sha256) == [digest, nil])
    }

    @Test func aFileOfLinesThatChangesMeanwhileIsNotReadOn() throws {
        let line = #"{"text":"\#(String(repeating: "whale ", count: 20))"}"# + "\n"
        try directory.write(String(repeating: line, count: 2000), to: "in/a.jsonl")
        let job = try start()
        try job.read(1)
        try directory.write(String(repeating: line, count: 2001), to: "in/a.jsonl")
        let opened = try job.read().filter { if case .documentOpened = $0 { true } else { false } }
        #expect(!opened.isEmpty && opened.count < 1999)
        #expect(job.run.status.documentsFailed == 1)
        #expect(job.run.status.documentsTotal == opened.count + 2)
    }

    @Test func aFileThatAppearsIsNotRead() throws {
        try directory.write("The b whale.", to: "in/b.txt")
        let job = try start()
        try directory.write("The a whale.", to: "in/a.txt")
        try job.read()
        try job.complete(0)
        try job.run.finish()
        #expect(try inputs().map(\.path) == ["\(directory.path)/in/b.txt"])
        #expect(try directory.text("rows.jsonl").hasPrefix(#"{"id":"in/b.txt""#))
    }

    /// A manifest of version 0.1.0, laid out by another program: what it has is compared.
    @Test func aManifestOfAnEarlierVersionIsCompared() throws {
        try directory.write("The a whale.", to: "in/a.txt")
        do {
            let job = try start()
            try job.read()
            try job.complete(0)
            try job.run.finish()
        }
        try directory.remove("rows.documents")
        try directory.makeManifestFormer(of: StartedJob.job(in: directory, input: "in")) { manifest in
            for key in ["output", "errors", "documents"] { manifest[key] = nil }
            manifest["inputs"] = (manifest["inputs"] as? [[String: Any]])?.map {
                $0.filter { !$0.key.hasSuffix("time") }
            }
        }
        #expect(throws: DoneBefore.self) { try start() }
        try directory.write("The A whale.", to: "in/a.txt")
        let changed = #expect(throws: JobRefusal.self) { try start() }
        #expect(changed?.refused.failure.message.contains("1 input changed (in/a.txt)") == true)
        let job = try StartedJob(in: directory, input: "in", model: try DemoModel.ofText(), rerun: .update)
        try job.read()
        try job.complete(0)
        try job.run.finish()
        #expect(directory.exists("rows.documents"))
    }

    /// Rows and scores that an earlier start put into files are compared with what the ledger has of them.
    @Test func aSpoolThatSomebodyElseChangedIsNotUsed() throws {
        let path = directory.path + "/spool"
        let spool = Spool<UInt32>(path: path, memoryLimit: 4)
        try spool.append(Array(0..<100))
        try spool.synchronize()
        let digest = try #require(spool.digest)
        #expect(try Spool<UInt32>(path: path, keeping: 100, digest: digest).elements(0..<3) == [0, 1, 2])
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[8] ^= 1
        try bytes.write(to: URL(filePath: path))
        let altered = FileError(.open, path, .altered)
        #expect(throws: altered) { try Spool<UInt32>(path: path, keeping: 100, digest: digest) }
        #expect(throws: altered) { try spool.check() }
        #expect(throws: FileError(.read, path, .altered)) { try spool.forEachPiece { _ in } }
    }
}
