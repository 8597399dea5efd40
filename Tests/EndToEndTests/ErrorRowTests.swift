import TestSupport
import Testing

/// A bad document is an error row and stops nothing else.
@Suite struct ErrorRowTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func run(_ options: String...) throws -> Ended {
        try Longscan.run(["run", "job.yaml"] + options, in: directory.path)
    }

    @Test func badDocumentsAreErrorRows() throws {
        var lines = Array("{\"id\":\"good\",\"text\":\"A whale.\"}\n".utf8)
        lines += Array("{\"id\":\"broken\",\n".utf8)
        lines += Array("{\"id\":\"encoding\",\"text\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n".utf8)
        lines += Array("{\"id\":\"nul\",\"text\":\"a\\u0000b\"}\n".utf8)
        lines += Array("{\"id\":\"good\",\"text\":\"Another whale.\"}\n".utf8)
        lines += Array("{\"id\":\"empty\",\"text\":\"\"}\n".utf8)
        lines += Array("{\"id\":\"outside\",\"tokens\":[1,4096]}\n".utf8)
        lines += Array("{\"id\":\"good too\",\"tokens\":[300,301]}".utf8)
        try directory.write(lines, to: "documents.jsonl")
        try directory.write([0x61, 0x00], to: "nul.txt")
        try directory.write([0x61, 0xFF], to: "encoding.txt")
        try directory.write("", to: "empty.txt")
        try directory.write("The last whale.", to: "last.txt")
        try directory.writeJob("score", input: "[documents.jsonl, nul.txt, encoding.txt, empty.txt, last.txt]")

        let ended = try run()
        #expect(ended.status == 2)
        #expect(ended.errors.contains("9 error rows → \(directory.path("rows.errors.jsonl"))"))
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["good", "good too", "last.txt"])
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(
            errors.map(\.source) == [2, 3, 4, 5, 6, 7].map { "documents.jsonl:\($0)" } + [
                "nul.txt", "encoding.txt", "empty.txt",
            ])
        #expect(
            errors.map(\.code) == [
                "invalid_json", "invalid_utf8", "nul_byte", "duplicate_id", "empty_document", "token_out_of_range",
                "nul_byte", "invalid_utf8", "empty_document",
            ])
        #expect(errors[3].id == "good" && errors[3].message.contains("'good'"))
        #expect(errors[5].message.contains("4096"))
        #expect(!directory.exists("rows.work"))
        let manifest = try directory.manifest()
        #expect(manifest.state == "completed_with_errors")
        #expect(manifest.counts.documents == 3 && manifest.counts.errors == 9)

        let again = try run()
        #expect(again.status == 2 && again.errors.contains("done before"))
    }

    @Test(arguments: [("2", "; the last is documents.jsonl:3: "), ("20%", "; see ")])
    func tooManyErrorsStopTheJob(limit: String, detail: String) throws {
        let bad = String(repeating: "{}\n", count: 3)
        try directory.write(bad + Documents.lines(tokenCounts: [5, 6, 7]), to: "documents.jsonl")
        try directory.writeJob("score", options: "max_errors: \(limit)")
        let ended = try run()
        #expect(ended.status == 1)
        #expect(ended.errors.contains("longscan: 3 error rows are more than max_errors allows" + detail))
        #expect(!directory.exists("rows.manifest.json"))
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.source) == [1, 2, 3].map { "documents.jsonl:\($0)" })
    }

    @Test(arguments: ["3", "50%"])
    func errorsWithinTheLimitDoNot(limit: String) throws {
        let bad = String(repeating: "{}\n", count: 3)
        try directory.write(bad + Documents.lines(tokenCounts: [5, 6, 7]), to: "documents.jsonl")
        try directory.writeJob("score", options: "max_errors: \(limit)")
        #expect(try run().status == 2)
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["d0", "d1", "d2"])
    }
}
