import Foundation
import TestSupport
import Testing

/// `run --dry-run`: what it prints, and that it refuses what a run refuses.
@Suite struct DryRunTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "in/whale.txt")
        try directory.writeJob("score", input: "in/*.txt")
    }

    /// Both end the same way, and neither leaves anything.
    private func expectRefusal(
        _ status: Int32, _ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let before = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
        let trial = try Longscan.run(["run"] + arguments + ["--dry-run"], in: directory.path)
        #expect(trial.status == status && trial.output.isEmpty, "\(trial.errors)", sourceLocation: sourceLocation)
        #expect(
            try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted() == before,
            sourceLocation: sourceLocation)
        let run = try Longscan.run(["run"] + arguments, in: directory.path)
        #expect(run.status == status && !run.errors.isEmpty, "\(run.errors)", sourceLocation: sourceLocation)
    }

    @Test func placesThatCannotBeWrittenAreRefused() throws {
        try directory.write("", to: "folder.jsonl/file")
        try expectRefusal(73, "job.yaml", "--output", "folder.jsonl")
        try expectRefusal(73, "job.yaml", "--output", "in/whale.txt/rows.jsonl")
        try directory.write("{}\n", to: "theirs.jsonl")
        try expectRefusal(73, "job.yaml", "--output", "theirs.jsonl")
        #expect(try directory.bytes("theirs.jsonl") == Array("{}\n".utf8))
        try directory.writeJob("score", input: "in/*", output: "in/rows.jsonl", to: "own.yaml")
        try expectRefusal(65, "own.yaml")
        try directory.writeJob("embed", input: "in/*.txt", to: "other.yaml")
        try expectRefusal(65, "job.yaml", "other.yaml")
    }

    @Test func aDirectoryWithoutRightsIsRefused() throws {
        try directory.write("", to: "closed/file")
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: directory.path("closed"))
        defer {
            try? FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: directory.path("closed"))
        }
        // Root may write everywhere.
        let wrapper = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set", "-all", "--inh-caps", "-all"] : []
        for options in [["--dry-run"], []] {
            let ended = try Longscan.start(
                ["run", "job.yaml", "--output", "closed/rows.jsonl"] + options, in: directory.path, wrapper: wrapper
            ).ended()
            #expect(ended.status == 73 && ended.errors.contains("Permission denied"), "\(ended.errors)")
        }
    }

    @Test func whatAJobBeganWithIsChecked() throws {
        try directory.write(Documents.lines(tokenCounts: [20_000]), to: "in/documents.jsonl")
        try directory.writeJob("score", input: "in/documents.jsonl", to: "long.yaml")
        let first = try Longscan.start(["run", "long.yaml", "--json"], in: directory.path)
        _ = try first.errors.line(containing: "\"state\":\"running\"")
        first.send(SIGINT)
        #expect(try first.ended().status == 130)
        let good = try Longscan.run(["run", "long.yaml", "--dry-run"], in: directory.path)
        #expect(good.status == 0, "\(good.errors)")
        try expectRefusal(73, "long.yaml", "--set", "score.per=token")
        try directory.write(Documents.lines(tokenCounts: [5]), to: "in/documents.jsonl")
        try expectRefusal(65, "long.yaml")
    }

    @Test func jsonHasTheCounts() throws {
        struct Report: Decodable {
            struct Problem: Decodable, Equatable {
                let source: String
                let code: String
                let message: String
            }

            let task: String
            let model: String
            let dtype: String
            let output: String
            let inputFiles: Int
            let inputBytes: Int
            let documents: Int
            let errorRows: Int
            let errors: [Problem]
            let tokens: Int
            let tokensToGenerate: Int
            let lanes: Int
            let tokensPerSecond: Double
            let seconds: Double
        }
        try directory.write("{\"tokens\":[300,301]}\n{}\n", to: "in/lines.jsonl")
        try directory.writeJob("generate", input: "in", options: "generate: {max_tokens: 7, n: 2}", to: "in.yaml")
        let ended = try Longscan.run(["run", "in.yaml", "--dry-run", "--json", "--lanes", "1"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        let report = try JSON.decode(Report.self, from: ended.output)
        #expect(report.task == "generate" && report.model == Longscan.books && report.dtype == "f32")
        #expect(report.output == directory.path("rows.jsonl"))
        #expect(report.inputFiles == 2 && report.inputBytes == 32 && report.documents == 2 && report.errorRows == 1)
        #expect(report.errors.map(\.source) == ["in/lines.jsonl:2"] && report.errors.map(\.code) == ["missing_text"])
        #expect(report.tokens > 3 && report.tokensToGenerate == 28 && report.lanes == 1)
        #expect(report.tokensPerSecond > 0 && report.seconds > 0)
        #expect(ended.output.split(separator: "\n").count == 1)
    }
}
