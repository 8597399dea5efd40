import Testing

/// `longscan tokenize` between pipes, and help.
@Suite struct CommandTests {
    private static let lines = [
        #"{"text":"Call me Ishmael."}"#, #"{"text":""}"#, #"{"text":"naïve “Yes” €5\n\ttabs\u0000 \ud83d\udc33"}"#,
        #"{"text":"<|endoftext|>"}"#,
    ]

    @Test func tokenizesThereAndBack() throws {
        struct Line: Decodable, Equatable {
            var text: String
        }
        let input = Self.lines.map { $0 + "\n" }.joined()
        let there = try Longscan.run(["tokenize", Longscan.books], input: Array(input.utf8))
        #expect(there.status == 0 && there.errors.isEmpty)
        #expect(there.output.hasPrefix("{\"ids\":["))
        let back = try Longscan.run(
            ["tokenize", "--decode", Longscan.books + "/tokenizer.json"], input: Array(there.output.utf8))
        #expect(back.status == 0 && back.errors.isEmpty)
        let texts = try back.output.split(separator: "\n").map { try JSON.decode(Line.self, from: $0) }
        #expect(texts == (try Self.lines.map { try JSON.decode(Line.self, from: $0) }))
        let skipped = try Longscan.run(
            ["tokenize", "--decode", "--skip-special-tokens", Longscan.books], input: Array(there.output.utf8))
        #expect(skipped.output.split(separator: "\n").last == "{\"text\":\"\"}")
    }

    @Test(arguments: ["nonsense", #"{"txt":"a"}"#, "{\"text\":\"\u{1}"])
    func badLinesAreNamed(line: String) throws {
        let ended = try Longscan.run(["tokenize", Longscan.books], input: Array("\(Self.lines[0])\n\(line)\n".utf8))
        #expect(ended.status == 65)
        #expect(ended.errors.contains("standard input, line 2"))
        #expect(ended.output.split(separator: "\n").count == 1)
    }

    @Test func badBytesAreNamed() throws {
        let input = Array("{\"text\":\"a\"}\n{\"text\":\"".utf8) + [0xFF] + Array("\"}\n".utf8)
        let ended = try Longscan.run(["tokenize", Longscan.books], input: input)
        #expect(ended.status == 65)
        #expect(ended.errors.contains("standard input, line 2"))
    }

    @Test(arguments: [
        (
            ["--help"],
            [
                "run", "coordinator", "worker", "submit", "status", "tokenize", "model", "bench", "--version",
                "Exit status",
            ]
        ),
        (
            ["run", "--help"],
            [
                "--output", "--chunk-tokens", "--set", "--workers", "--lanes", "--model-dir", "--dry-run", "--quiet",
                "--json",
            ]
        ),
        (
            ["coordinator", "--help"],
            ["--bind", "--state-dir", "--key", "--allow", "--insecure", "--log-level", "SIGHUP", "worker,client"]
        ),
        (["keygen", "--help"], ["--output", "secret KEY", "public KEY", "--allow", "--coordinator-key"]),
        (
            ["worker", "--help"],
            ["--connect", "--key", "--coordinator-key", "--lanes", "--model-dir", "--dtype", "--name", "--log-level"]
        ),
        (
            ["submit", "--help"],
            ["--output", "--chunk-tokens", "--set", "--coordinator", "--key", "--coordinator-key"]
        ),
        (["status", "--help"], ["--coordinator", "--json", "--key", "--coordinator-key"]),
        (["bench", "--help"], ["model", "coordinator"]),
        (["bench", "model", "--help"], ["--lanes", "--batches", "--dtype", "--repetitions", "--json"]),
        (["bench", "coordinator", "--help"], ["--task", "--workers", "--documents", "--chunks", "--idle", "--json"]),
        (["tokenize", "--help"], ["--decode", "--skip-special-tokens"]),
    ])
    func helpNamesTheOptions(arguments: [String], options: [String]) throws {
        let ended = try Longscan.run(arguments)
        #expect(ended.status == 0 && ended.errors.isEmpty)
        for option in options { #expect(ended.output.contains(option), "\(option)") }
        #expect(!ended.output.contains("--exit-with-parent"))
    }
}
