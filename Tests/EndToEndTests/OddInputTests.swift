import TestSupport
import Testing

/// Documents that are odd and good all the same.
@Suite struct OddInputTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func rows() throws -> [ScoreRow] {
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        return try directory.rows("rows.jsonl")
    }

    @Test func marksAndLineEndsAreNoErrors() throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let lines = [#"{"id":"first","text":"A whale."}"#, "", " \t", #"{"id":"second","text":"A whale.\r\n"}"#]
        try directory.write(mark + lines.joined(separator: "\r\n").utf8, to: "in/lines.jsonl")
        try directory.write(mark + "A whale.".utf8, to: "in/mark.txt")
        try directory.write("A whale.\r\n", to: "in/return.txt")
        try directory.writeJob("score", input: "in")
        let rows = try rows()
        #expect(rows.map(\.id) == ["first", "second", "in/mark.txt", "in/return.txt"])
        #expect(rows.map(\.nBytes) == [8, 10, 8, 10])
        #expect(rows[0].nll == rows[2].nll && rows[1].nll == rows[3].nll && rows[0].nll != rows[1].nll)
    }

    /// Most of the line is a member that nobody asked for; the text comes last.
    @Test func aLineOf100MBHasItsRow() throws {
        let filler = Array(repeating: UInt8(ascii: "x"), count: 100_000_000)
        try directory.write(
            Array(#"{"id":"large","filler":""#.utf8) + filler + Array(#"","text":"A whale."}"#.utf8) + Array("\n".utf8)
                + Array(#"{"id":"small","text":"A whale."}"#.utf8), to: "documents.jsonl")
        try directory.writeJob("score")
        let rows = try rows()
        #expect(rows.map(\.id) == ["large", "small"])
        #expect(rows[0].nll == rows[1].nll)
    }

    @Test func aLongerLineThanAnyIsAnErrorRow() throws {
        let filler = Array(repeating: UInt8(ascii: "x"), count: 256 << 20)
        try directory.write(
            Array(#"{"id":"large","filler":""#.utf8) + filler + Array("\"}\n".utf8)
                + Array(#"{"id":"small","text":"A whale."}"#.utf8), to: "documents.jsonl")
        try directory.writeJob("score")
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 2, "\(ended.errors)")
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == ["small"])
        let errors: [ErrorRow] = try directory.rows("rows.errors.jsonl")
        #expect(errors.map(\.code) == ["line_too_long"])
        #expect(errors.map(\.id) == ["documents.jsonl:1"])
    }
}
