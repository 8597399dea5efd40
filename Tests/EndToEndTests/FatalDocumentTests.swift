import TestSupport
import Testing

/// A document that ends every process which reads it.
@Suite struct FatalDocumentTests {
    private static let token = 4001

    private func write(to directory: TemporaryDirectory) throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 8)
        var lines = (0..<12).map { Documents.line("d\($0)", tokens: Documents.tokens(400 + 100 * $0, seed: 50)) }
        // In its first chunk: the result of a step before it may die with the worker, which is then lost at another
        // step.
        let tokens = Documents.tokens(700, seed: 51)
        lines.insert(Documents.line("fatal", tokens: tokens[..<100] + [Self.token] + tokens[100...]), at: 5)
        try directory.write(lines.joined(), to: "documents.jsonl")
        try directory.writeJob("score", model: "tiny", options: "score: {per: token}\nchunk_tokens: 256")
    }

    /// Workers die of it one after the other, until it is known that it was the document.
    @Test(.enabled(if: TestHooks.areBuilt, TestHooks.why)) func itIsOneErrorRow() throws {
        let undisturbed = try UndisturbedRun(write: write)
        let isOfOthers = { (line: Substring) in !line.hasPrefix("{\"id\":\"fatal\"") }
        let lines = String(decoding: undisturbed.rows, as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 13 && lines.filter(isOfOthers).count == 12)

        let harmed = try TemporaryDirectory()
        try write(to: harmed)
        let ended = try Longscan.start(
            ["run", "job.yaml", "--workers", "2", "--lanes", "1"], in: harmed.path,
            wrapper: ["/usr/bin/env", "LONGSCAN_FATAL_TOKEN=\(Self.token)"]
        ).ended()
        #expect(ended.status == 2, "\(ended.errors)")
        #expect(ended.errors.split(separator: "\n").count { $0.contains("ended with status 137") } == 3)
        #expect(
            try String(decoding: harmed.bytes("rows.jsonl"), as: UTF8.self)
                == lines.filter(isOfOthers).map { $0 + "\n" }.joined())
        let errors: [ErrorRow] = try harmed.rows("rows.errors.jsonl")
        #expect(errors.map(\.id) == ["fatal"])
        #expect(errors.map(\.code) == ["too_many_failures"])
        #expect(
            errors.map(\.message) == ["3 workers were lost one after the other at the step after token 0"])
        #expect(try harmed.manifest().counts.documents == 12)
    }
}
