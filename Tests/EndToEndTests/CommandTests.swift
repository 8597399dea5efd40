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

    @Test func helpExplainsEveryKeyOfAJobFile() throws {
        let ended = try Longscan.run(["help", "job"])
        #expect(ended.status == 0 && ended.errors.isEmpty)
        for key in ["task", "model", "input", "output", "embed.every", "generate.top_p", "score.window", "max_errors"] {
            #expect(ended.output.contains("\n  \(key)  ("), "\(key)")
        }
        #expect(ended.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    /// Lines of examples are whole in a terminal of 80 columns, so that they can be pasted.
    @Test(arguments: ["", "run", "coordinator", "worker", "submit", "status", "keygen", "bench", "model", "selftest"])
    func examplesAreNotBroken(command: String) throws {
        func lines(_ columns: Int) throws -> [Substring] {
            let arguments = command.isEmpty ? ["--help"] : [command, "--help"]
            return try Longscan.start(arguments, wrapper: ["/usr/bin/env", "COLUMNS=\(columns)"]).ended().output
                .split(separator: "\n")
        }
        let narrow = try lines(80)
        // The line that lists all options is not wrapped.
        #expect(narrow.allSatisfy { $0.count <= 80 || $0.hasPrefix("USAGE: ") })
        let examples = try lines(1000).filter { $0.hasPrefix("  longscan ") || $0.hasPrefix("      --") }
        #expect(examples.allSatisfy(narrow.contains), "\(examples.filter { !narrow.contains($0) })")
    }

    @Test(arguments: [
        (
            "run",
            ["LONGSCAN_WORKERS", "LONGSCAN_LANES", "LONGSCAN_BATCH", "LONGSCAN_MODEL_DIR", "LONGSCAN_CHUNK_TOKENS"]
        ),
        ("worker", ["LONGSCAN_COORDINATOR", "LONGSCAN_KEY", "LONGSCAN_LANES", "LONGSCAN_BATCH", "LONGSCAN_MODEL_DIR"]),
        (
            "coordinator",
            ["LONGSCAN_BIND", "LONGSCAN_STATE_DIR", "LONGSCAN_KEY", "LONGSCAN_ALLOW", "LONGSCAN_LOG_LEVEL"]
        ),
        ("submit", ["LONGSCAN_COORDINATOR", "LONGSCAN_COORDINATOR_KEY", "LONGSCAN_CHUNK_TOKENS"]),
        ("status", ["LONGSCAN_COORDINATOR", "LONGSCAN_KEY"]),
    ])
    func helpNamesTheVariables(command: String, variables: [String]) throws {
        let output = try Longscan.run([command, "--help"]).output
        for variable in variables { #expect(output.contains(variable), "\(variable)") }
    }
}
