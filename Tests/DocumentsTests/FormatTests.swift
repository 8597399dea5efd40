import Documents
import Jobs
import TestSupport
import Testing

/// Files whose documents an input describes.
@Suite struct FormatTests {
    let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func read(
        _ text: String, as format: InputFormat, textKey: String? = nil, idKey: String? = nil, pieceBytes: Int = 64 << 10
    ) throws -> [ReadDocument] {
        let path = try directory.write(text, to: "f")
        let input = Job.Input(asGiven: "f", path: path, format: format, textKey: textKey, idKey: idKey)
        var reader = DocumentReader(
            try InputFiles([input]), limits: .init(pieceBytes: pieceBytes, pieceTokens: 1000))
        return try reader.documents()
    }

    private func outline(_ documents: [ReadDocument]) -> [String] {
        documents.map { "\($0.header.id)|\($0.problem.map { "\($0.code.rawValue): \($0.message)" } ?? $0.text)" }
    }

    @Test(arguments: [1, 3, 1000]) func lines(pieceBytes: Int) throws {
        let documents = try read("\u{FEFF}one\r\n\n  \ntwo {]\n\"three\"", as: .lines, pieceBytes: pieceBytes)
        #expect(outline(documents) == ["f:1|one", "f:4|two {]", "f:5|\"three\""])
        #expect(documents.map(\.header.source) == ["f:1", "f:4", "f:5"])
        #expect(outline(try read("a\0b\nc", as: .lines)) == ["f:1|nul_byte: line 1, column 2: a NUL byte", "f:2|c"])
    }

    @Test func membersHaveTheNamesThatTheInputGives() throws {
        let lines = #"{"uid":7,"body":"a","text":5,"id":[]}"# + "\n" + #"{"text":"b"}"# + "\n" + #"{"tokens":[1]}"#
        #expect(
            outline(try read(lines, as: .jsonl, textKey: "body", idKey: "uid")) == [
                "7|a", "f:2|missing_text: line 2, column 1: neither \"body\" nor \"tokens\"", "f:3|",
            ])
        let batch = #"{"custom_id":"c","method":"POST","url":"/v1/embeddings","body":{"input":"x"}}"#
        #expect(outline(try read(batch, as: .jsonl)) == ["c|x"])
        let composed = "{\"\u{E9}\":\"a\"}\n{\"e\u{301}\":\"b\"}"
        #expect(try read(composed, as: .jsonl, textKey: "\u{E9}").map(\.problem?.code) == [nil, .missingText])
    }

    /// An array, objects one after the other, or lines of them.
    @Test(
        arguments: [
            "[{\"id\":\"a\",\"text\":\"[1] } \\\" {\"},\n {\"text\":\"2\"}]\n",
            "{\"id\":\"a\",\n  \"text\":\"[1] } \\\" {\"}\n{\"x\":[{}],\"text\":\"2\"}",
            "\u{FEFF} [ {\"id\":\"a\",\"text\":\"[1] } \\\" {\"} ,\r\n{\"text\":\"2\"} ] ",
        ], [1, 2, 5, 1000])
    func values(text: String, pieceBytes: Int) throws {
        let documents = try read(text, as: .json, pieceBytes: pieceBytes)
        #expect(documents.map(\.text) == ["[1] } \" {", "2"])
        #expect(documents.map(\.header.id) == ["a", text.hasPrefix("{") ? "f:3" : "f:2"])
    }

    @Test func oneObjectAndNone() throws {
        #expect(outline(try read("{\n \"text\": \"one\"\n}\n", as: .json)) == ["f:1|one"])
        #expect(try read(" \n", as: .json).isEmpty)
        #expect(try read("[]", as: .json).isEmpty)
    }

    @Test func valuesThatAreNone() throws {
        #expect(
            outline(try read("[{\"text\":\"1\"},\n {\n  \"text\": 2}, \"x\"\n]", as: .json)) == [
                "f:1|1", "f:2|invalid_field: line 3, column 11: \"text\" is not a string",
                "f:3|invalid_json: line 3, column 15: expected an object, found \"\\\"\"",
            ])
        #expect(
            outline(try read("[{\"text\":\"1\"},", as: .json)) == [
                "f:1|1", "f:1|invalid_json: the array is not closed: the file ends too early",
            ])
        #expect(try read("{\"text\":\"1\"", as: .json).map(\.problem?.code) == [.invalidJSON])
        #expect(try read("{\"text\":\"1\"}]", as: .json).map(\.problem?.code) == [nil, .invalidJSON])
    }

    @Test(arguments: [1, 2, 7, 1000]) func tables(pieceBytes: Int) throws {
        let table =
            "\u{FEFF}uid,\"the \"\"body\"\"\",n\r\n7,\"two\r\nlines, \"\"quoted\"\"\",1\r\n\r\n"
            + ",5\" disk,2\n8,a,b,c\n9,\"x\"y,3\nz,end,\n"
        let documents = try read(table, as: .csv, textKey: "the \"body\"", idKey: "uid", pieceBytes: pieceBytes)
        #expect(
            outline(documents) == [
                "7|two\r\nlines, \"quoted\"", "f:5|5\" disk",
                "f:6|invalid_field: line 6, column 1: 4 fields, where the header has 3",
                "f:7|invalid_field: line 7, column 6: a quoted field goes on behind its end", "z|end",
            ])
    }

    @Test func tablesWithoutTheirColumns() throws {
        let message = "missing_text: line 1, column 1: no column"
        #expect(
            outline(try read("a,b\n1,2\n", as: .csv)) == ["f:1|\(message) 'text'; 'text_key' names one of 'a', 'b'"])
        #expect(
            outline(try read("text\n1\n", as: .csv, idKey: "n"))
                == ["f:1|\(message) 'n'; 'id_key' names one of 'text'"])
        #expect(
            outline(try read("text\n\"1\n", as: .csv))
                == ["f:2|invalid_field: line 2, column 1: a quoted field has no end"])
    }

    @Test(arguments: [1, 3, 1000]) func sequences(pieceBytes: Int) throws {
        let text = ">chr1 Homo sapiens\nACGT\nacgt\r\n\n>\nTT>T\n>empty\n>last\nG"
        let documents = try read(text, as: .fasta, pieceBytes: pieceBytes)
        #expect(outline(documents) == ["chr1|ACGTacgt", "f:5|TT>T", "empty|", "last|G"])
        #expect(try read("ACGT\n>a\nC", as: .fasta).map(\.problem?.code) == [.invalidField, nil])
    }

    @Test func aRecordOfMoreThanTheLimitIsPassedOver() throws {
        let long = String(repeating: "x", count: 2000)
        let path = try directory.write("[{\"text\":\"\(long)\"},{\"text\":\"b\"}]", to: "f.json")
        var reader = DocumentReader(
            try InputFiles([Job.Input(asGiven: "f.json", path: path)]), limits: .init(pieceBytes: 64, lineBytes: 1000))
        #expect(try reader.documents().map { $0.problem?.code.rawValue ?? $0.text } == ["line_too_long", "b"])
    }
}
