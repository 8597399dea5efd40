import Foundation
import TestSupport
import Testing

/// Documents that are piped into `longscan run`.
@Suite struct StandardInputTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.writeJob("score", input: "\"-\"")
    }

    private func run(_ input: some Sequence<UInt8>) throws -> Ended {
        try Longscan.run(["run", "job.yaml"], in: directory.path, input: Array(input))
    }

    @Test func linesAreDocuments() throws {
        let lines = Documents.lines(tokenCounts: [5, 300]) + "{}\n" + #"{"text":"A whale."}"#
        #expect(try run(lines.utf8).status == 2)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["d0", "d1", "-:4"])
        #expect(rows.map(\.nBytes) == [nil, nil, 8])
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.source) == ["-:3"])
        #expect(!directory.exists("rows.work"))
        let manifest = try directory.manifest()
        #expect(manifest.inputs.map(\.path) == ["-"])
        #expect(manifest.inputs.map(\.bytes) == [lines.utf8.count])
    }

    @Test func whatIsNoLinesIsOneText() throws {
        let text = "Call me Ishmael.\n" + Documents.text(words: 50, seed: 1)
        #expect(try run(text.utf8).status == 0)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["-"])
        #expect(rows.map(\.nBytes) == [text.utf8.count])
    }

    @Test func nothingIsNoDocument() throws {
        #expect(try run([]).status == 0)
        #expect(try directory.bytes("rows.jsonl").isEmpty)
    }

    @Test(arguments: ["gzip", "zstd"]) func packedBytesAreRecognised(program: String) throws {
        try directory.write(Documents.lines(tokenCounts: [5, 300]), to: "lines")
        let path = directory.path("lines")
        let packing = try RunningProcess("/usr/bin/env", [program, "-k", path]).ended()
        try #require(packing.status == 0, "\(program) is missing: \(packing.errors)")
        #expect(try run(directory.bytes(program == "gzip" ? "lines.gz" : "lines.zst")).status == 0)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["d0", "d1"])
    }

    @Test func theSameInputGoesOnAndAnotherIsRefused() throws {
        let lines = Documents.lines(tokenCounts: LongJob.tokenCounts, seed: 9)
        try directory.write(lines, to: "lines.jsonl")
        try directory.writeJob("score", input: "\"-\"", options: "score: {per: token}\nchunk_tokens: 512")
        let command = "exec \(Longscan.path) run job.yaml --json --lanes 1 < lines.jsonl"
        let first = try RunningProcess("/bin/sh", ["-c", command], in: directory.path)
        _ = try first.errors.line { line in
            let status = line.hasPrefix("{") ? try? JSON.decode(ClusterStatus.Job.self, from: line) : nil
            return (status?.documentsDone ?? 0) > 0
        }
        first.send(SIGINT)
        #expect(try first.ended().status == 130)
        try #require(directory.exists("rows.work"))

        let other = try run(Documents.lines(tokenCounts: [5]).utf8)
        #expect(other.status == 73, "\(other.errors)")
        #expect(try run(lines.utf8).status == 0)
        #expect(try directory.bytes("rows.jsonl") == LongJob.rows())
        #expect(!directory.exists("rows.work"))
        #expect(try run(lines.utf8).errors.contains("done before"))
        #expect(try run(Documents.lines(tokenCounts: [5]).utf8).status == 73)
        #expect(!directory.exists("rows.work"))
    }

    @Test func itIsReadOnceAndByRunAlone() throws {
        let twice = try directory.writeJob("score", input: "['-', '-']", to: "twice.yaml")
        #expect(try Longscan.run(["run", twice], input: []).errors.contains("can be read once, not 2 times"))
        let submitted = try Longscan.run(["submit", "job.yaml"], in: directory.path)
        #expect(submitted.status == 65 && submitted.errors.contains("cannot read this command's standard input"))
        let dry = try Longscan.run(["run", "job.yaml", "--dry-run"], in: directory.path)
        #expect(dry.status == 65 && dry.errors.contains("a dry run does not read standard input"))
    }
}
