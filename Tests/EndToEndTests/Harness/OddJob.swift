import Foundation
import TestSupport
import Testing

/// A short job in which everything happens that can happen to a document: rows, a line that is refused, a text that
/// turns bad when it is half read, numbers that are not finite.
enum OddJob {
    private static let poison = 4000

    /// Writes `job.yaml` and what it needs.
    static func write(to directory: TemporaryDirectory) throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 5, poison: poison)
        try directory.write(String(repeating: "sea ", count: 100_000) + "\0", to: "bad.txt")
        // The first is long enough for its snapshots to be on the disk before it is done.
        var lines = Documents.lines(tokenCounts: [20_000, 1, 700], seed: 3)
        lines += "{}\n" + Documents.line("poison", tokens: Documents.tokens(600, seed: 4) + [poison, 300, 301])
        lines += (0..<6).map { Documents.line("e\($0)", tokens: Documents.tokens(300 + 50 * $0, seed: 40)) }.joined()
        try directory.write(lines, to: "documents.jsonl")
        try directory.writeJob(
            "score", model: "tiny", input: "[bad.txt, documents.jsonl]",
            options: "score: {per: token}\nchunk_tokens: 256"
        )
    }

    /// Compares what the job left with what it leaves when nothing disturbs it.
    static func expectResult(in directory: TemporaryDirectory) throws {
        let undisturbed = try undisturbed.get()
        #expect(try directory.bytes("rows.jsonl") == undisturbed.rows)
        #expect(try directory.bytes("rows.errors.jsonl") == undisturbed.errors)
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.code) == ["nul_byte", "missing_text", "not_finite"])
        #expect(!directory.exists("rows.work"))
        let manifest = try directory.manifest()
        #expect(manifest.state == "completed_with_errors")
        #expect(manifest.counts.documents == 9 && manifest.counts.errors == 3)
        #expect(manifest.counts.outputBytes == undisturbed.rows.count)
    }

    private static let undisturbed = Result { try UndisturbedRun(status: 2) { try write(to: $0) } }
}
