import Foundation
import TestSupport
import Testing

/// What a manifest says of its job is a job file: saved anywhere, it is the same job.
@Suite struct ManifestJobTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try TinyModel.write(to: directory.path("model"), seed: 1)
    }

    /// Saves the job of a manifest somewhere else.
    /// - Returns: the job's members.
    @discardableResult
    private func save(_ manifest: String = "out/rows.manifest.json") throws -> [String: Any] {
        let object = try JSONSerialization.jsonObject(with: Data(directory.bytes(manifest)))
        let job = try #require((object as? [String: Any])?["job"] as? [String: Any])
        try directory.write(JSONSerialization.data(withJSONObject: job), to: "elsewhere/deep/again.json")
        return job
    }

    private func runAgain(_ options: String..., input: [UInt8] = []) throws -> Ended {
        try Longscan.run(
            ["run", "deep/again.json"] + options, in: directory.path("elsewhere"), input: input)
    }

    @Test(arguments: [
        ("embed", "embed: {pooling: last, every: 7, text: true}\ndtype: bf16"),
        (
            "generate",
            "generate: {max_tokens: 5, temperature: 0.7, stop: [\"\\e\", \"\\L\", '123'], seed: 9007199254740993}"
        ),
        ("score", "score: {per: token, window: 300}\nchunk_tokens: 512\nmax_errors: 7%"),
    ])
    func theJobIsTheSame(task: String, options: String) throws {
        try directory.write("A whale.", to: "texts/deep/a.txt")
        try directory.write("B whale.\nC whale.\n", to: "texts/b.log")
        try directory.writeJob(
            task, model: "../model", input: "[../texts/**/*.txt, {path: ../texts/b.log, format: lines}]",
            output: "../out/rows.jsonl", options: options, to: "jobs/job.yaml")
        let first = try Longscan.run(["run", "jobs/job.yaml"], in: directory.path)
        #expect(first.status == 0, "\(first.errors)")
        let job = try save()
        #expect(job["task"] as? String == task && job[task] is [String: Any])
        let (rows, manifest) = try (directory.bytes("out/rows.jsonl"), directory.manifest("out/rows.manifest.json"))

        let again = try runAgain()
        #expect(again.status == 0 && again.errors.contains("done before"), "\(again.errors)")
        #expect(try runAgain("--again").status == 0)
        #expect(try directory.bytes("out/rows.jsonl") == rows)
        #expect(try directory.manifest("out/rows.manifest.json").jobId == manifest.jobId)
        // And so does a job that was made from a manifest's.
        #expect(try NSDictionary(dictionary: save()) == NSDictionary(dictionary: job))
    }

    /// Names that a shell or a pattern would take for something else.
    @Test func namesAreWhatTheyAre() throws {
        for name in ["$HOME", "~", "*", "caf\u{e9}", "cafe\u{301}", "null", "a: b"] {
            try directory.write("A whale.", to: "jobs [ab]/\(name)/x [1].txt")
        }
        try directory.writeJob(
            "score", model: "../model",
            input: "[$HOME/*.txt, ./~, '[n]ull/*', '*/x*', \"caf\u{e9}\", \"cafe\u{301}/x [1].txt\", ./null, 'a: b/']",
            output: "$HOME/rows.jsonl", to: "jobs [ab]/job.yaml")
        let first = try Longscan.run(["run", "jobs [ab]/job.yaml"], in: directory.path)
        #expect(first.status == 0 || first.status == 2, "\(first.errors)")
        try save("jobs [ab]/$HOME/rows.manifest.json")
        let again = try runAgain()
        #expect(again.status == first.status && again.errors.contains("done before"), "\(again.errors)")
    }

    @Test func standardInputIsPipedInAgain() throws {
        try directory.writeJob("score", model: "model", input: "{path: -, format: lines}", output: "out/rows.jsonl")
        let lines = Array("A whale.\nTwo whales.\n".utf8)
        #expect(try Longscan.run(["run", "job.yaml"], in: directory.path, input: lines).status == 0)
        let job = try save()
        #expect(job["input"] as? [[String: String]] == [["path": "-", "format": "lines"]])
        let again = try runAgain(input: lines)
        #expect(again.status == 0 && again.errors.contains("done before"), "\(again.errors)")
        #expect(try runAgain(input: Array("Another whale.\n".utf8)).status == 73)
    }
}
