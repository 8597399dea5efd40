import FoundationEssentials
import JobFile
import Jobs
import Testing

@Suite struct JobFileTests {
    private static let minimal = """
        task: embed
        model: models/tiny
        input: documents/*.txt
        output: out/rows.jsonl
        """

    private func job(_ yaml: String, overrides: [String] = []) throws(JobFileError) -> Job {
        try JobFile.job(
            yaml: yaml, file: "job.yaml", directory: "/data/jobs",
            overrides: overrides.compactMap(JobFile.Override.init))
    }

    private func message(_ yaml: String, overrides: [String] = []) -> String {
        do {
            return "accepted: \(try job(yaml, overrides: overrides))"
        } catch {
            return error.description
        }
    }

    @Test func defaultsAreThoseOfTheReference() throws {
        let job = try job(Self.minimal)
        #expect(job.task == .embed(EmbedOptions()))
        #expect(job.model == "/data/jobs/models/tiny")
        #expect(job.inputs == [.init(asGiven: "documents/*.txt", path: "/data/jobs/documents/*.txt")])
        #expect(job.output == "/data/jobs/out/rows.jsonl")
        #expect(job.chunkTokens == 2048)
        #expect(job.errorLimit == .none)
        #expect(job.dataType == .f32)
    }

    @Test func everyKeyIsRead() throws {
        let job = try job(
            """
            task: generate
            model: /models/tiny
            input: [a.txt, -, /b/c.jsonl]
            output: out.jsonl
            dtype: bf16
            chunk_tokens: 4096
            max_errors: 1%
            embed: {pooling: last, every: 2048, normalize: false, encoding: base64}
            generate:
              max_tokens: 7
              temperature: 0.5
              top_k: 40
              top_p: 0.9
              min_p: 0.05
              repetition_penalty: 1.5
              stop: ["\\n\\n", END]
              n: 3
              seed: 11
              logprobs: true
            score: {per: token, window: 1024}
            """)
        #expect(
            job.task
                == .generate(
                    GenerateOptions(
                        maxTokens: 7, temperature: 0.5, topK: 40, topP: 0.9, minP: 0.05, repetitionPenalty: 1.5,
                        stop: ["\n\n", "END"], samples: 3, seed: 11, logprobs: true)))
        #expect(job.inputs.map(\.path) == ["/data/jobs/a.txt", "-", "/b/c.jsonl"])
        #expect(job.chunkTokens == 4096)
        #expect(job.errorLimit == .fraction(0.01))
        #expect(job.dataType == .bf16)
    }

    /// YAML has numbers in base 60, of which some are larger than any.
    @Test(arguments: [
        "9223372036854775807:59", "1:2:3:4:5:6:7:8:9:10:11:12:13", "9:9223372036854775807", "1e308", "-1",
    ])
    func numbersBeyondAllAreRefused(number: String) throws {
        #expect(
            message(Self.minimal + "\nembed: {every: \(number)}").hasPrefix("job.yaml:5: embed.every: "), "\(number)")
        #expect(
            message(Self.minimal + "\nchunk_tokens: \(number)")
                == "job.yaml:5: chunk_tokens: an integer from 256 to 1048576 belongs here, not '\(number)'")
        #expect(try job(Self.minimal + "\nembed: {every: 1:30}").task == .embed(EmbedOptions(windowTokens: 90)))
    }

    @Test func inputsMaySayWhatTheyAre() throws {
        let inputs = try job(
            """
            task: embed
            model: m
            input:
              - a.txt
              - {path: logs/*.log, format: lines}
              - {path: /data/docs/*.txt, as: docs/*.txt}
              - path: d
                text_key: body
                id_key: uid
            output: out.jsonl
            """
        ).inputs
        #expect(
            inputs == [
                .init(asGiven: "a.txt", path: "/data/jobs/a.txt"),
                .init(asGiven: "logs/*.log", path: "/data/jobs/logs/*.log", format: .lines),
                .init(asGiven: "docs/*.txt", path: "/data/docs/*.txt"),
                .init(asGiven: "d", path: "/data/jobs/d", textKey: "body", idKey: "uid"),
            ])
        let one = try job(Self.minimal, overrides: ["input={path: x.csv, text_key: id, id_key: n}"]).inputs
        #expect(one == [.init(asGiven: "x.csv", path: "/data/jobs/x.csv", textKey: "id", idKey: "n")])
    }

    @Test(arguments: [
        ("[]", "job.yaml:3: input: names no file"),
        ("[a, '']", "job.yaml:3: input: names no file"),
        ("[[a]]", "job.yaml:3: input: a path belongs here, or a mapping as in '{path: logs/*.log, format: lines}'"),
        ("{format: text}", "job.yaml: input.path: is missing; for example 'path: logs/*.log'"),
        (
            "{path: a, format: xml}",
            "job.yaml:3: input.format: text or lines or jsonl or json or csv or fasta belongs here, not 'xml'"
        ),
        (
            "{path: a, fromat: text}",
            "job.yaml:3: input.fromat: unknown key; did you mean 'format'? known here: path, as, format, text_key, id_key"
        ),
        (
            "{path: a, format: lines, text_key: b}",
            "job.yaml:3: input.text_key: goes with the formats jsonl, json and csv, not with lines"
        ),
        ("{path: a, id_key: text}", "job.yaml:3: input: text_key and id_key are both 'text'"),
        ("{path: a, as: ''}", "job.yaml:3: input.as: names nothing"),
        ("{path: a, as: '-'}", "job.yaml:3: input.as: '-' is standard input, which has no other name"),
        ("{path: -, as: a}", "job.yaml:3: input.as: '-' is standard input, which has no other name"),
    ])
    func inputsThatSayItWrong(input: String, expected: String) {
        #expect(message("task: embed\nmodel: m\ninput: \(input)\noutput: o.jsonl") == expected)
    }

    /// YAML takes a `-` with nothing behind it for a list.
    @Test(arguments: ["-", "- ", "- # piped", "\"-\"", "{path: -}", "\n  path: -", "[-]"])
    func standardInputNeedsNoQuotes(input: String) throws {
        let yaml = "task: embed\r\nmodel: m\r\ninput: \(input)\r\noutput: o.jsonl"
        #expect(try job(yaml).inputs.map(\.path) == ["-"])
        #expect(try job(yaml.replacing("\r\n", with: "\n")).inputs.map(\.path) == ["-"])
    }

    @Test func standardInputFromTheCommandLineNeedsNoQuotes() throws {
        #expect(try job(Self.minimal, overrides: ["input=-"]).inputs == [.init(asGiven: "-", path: "-")])
        #expect(try job(Self.minimal, overrides: ["input.path=-"]).inputs == [.init(asGiven: "-", path: "-")])
        let list = "task: embed\nmodel: m\ninput:\n- a.txt\n- b.txt\noutput: o.jsonl"
        #expect(try job(list).inputs.map(\.asGiven) == ["a.txt", "b.txt"])
    }

    @Test func jobFilesMayBeginWithAByteOrderMark() throws {
        let path = FileManager.default.temporaryDirectory.path + "/longscan-job-" + UUID().uuidString + ".yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        func job(_ bytes: [UInt8]) throws(JobFileError) -> Job {
            _ = FileManager.default.createFile(atPath: path, contents: Data(bytes))
            return try JobFile.job(at: path, currentDirectory: "/")
        }
        #expect(try job(Array("\u{feff}".utf8) + Self.minimal.utf8).task == .embed(EmbedOptions()))
        let json = #"{"task": "score", "model": "m", "input": "a.txt", "output": "o.jsonl"}"#
        #expect(try job(Array("\u{feff}".utf8) + json.utf8).task == .score(ScoreOptions()))
        let wide = Self.minimal.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let advice = "save it as UTF-8, for example with 'iconv -f"
        let marked = #expect(throws: JobFileError.self) { try job([0xFF, 0xFE] + wide) }
        #expect(marked?.message == "is UTF-16: \(advice) UTF-16 -t UTF-8'")
        let unmarked = #expect(throws: JobFileError.self) { try job(wide) }
        #expect(unmarked?.message == "is UTF-16LE: \(advice) UTF-16LE -t UTF-8'")
        let latin = #expect(throws: JobFileError.self) { try job(Array("task: ".utf8) + [0xE9]) }
        #expect(latin?.message == "is not UTF-8 text")
    }

    @Test func jsonIsYAMLToo() throws {
        let job = try job(
            #"{"task": "score", "model": "m", "input": "a.txt", "output": "o.jsonl", "score": {"per": "token"}}"#)
        #expect(job.task == .score(ScoreOptions(per: .token)))
    }

    /// libyaml refuses some of these in JSON, and takes others for the end of a line.
    @Test(arguments: [
        "\u{7f}", "\u{80}", "a \u{85} b", "a \u{2028} b", "\u{2029}", "a\u{feff}", "\u{ffff}", "\u{1f433}", "\u{1fffe}",
        "\\ud83d\\udc33", "/", "\t\r\n", "\"", "\u{0}", "e\u{301}",
    ])
    func textsOfJSONAreRead(_ text: String) throws {
        let texts = [
            String(decoding: try JSONEncoder().encode(text), as: UTF8.self), JSONText.ascii(text), JSONText.raw(text),
        ]
        for json in texts {
            let job = try job(
                #"{"task": "generate", "model": "m", "input": "a", "output": "o.jsonl",\#n"#
                    + #" "generate": {"stop": [\#(json)]}}"#)
            guard case .generate(let options) = job.task else { throw JobFileError(file: json, message: "no task") }
            #expect(options.stop.map { Array($0.utf8) } == [Array(text.utf8)], "\(json)")
        }
    }

    @Test func whatIsNoJSONIsYAMLAsItIs() throws {
        let file = Self.minimal + "\ngenerate: {stop: ['\\ud83d\\udc33']}"
        guard case .generate(let options) = try job(file, overrides: ["task=generate"]).task else {
            throw JobFileError(file: file, message: "no task")
        }
        #expect(options.stop == [#"\ud83d\udc33"#])
        // Half of a pair is no text.
        let half = #"{"task": "embed", "model": "\ud83d", "input": "a", "output": "o.jsonl"}"#
        #expect(message(half).hasPrefix("job.yaml:1: this JSON cannot be read: "))
    }

    @Test func scoresSayWhatIsLikeliest() throws {
        let file = Self.minimal + "\nscore: {per: token, logprobs: true}"
        #expect(
            try job(file, overrides: ["task=score"]).task == .score(ScoreOptions(per: .token, logprobs: true)))
        #expect(
            message(Self.minimal + "\nscore: {logprobs: true}")
                == "job.yaml:5: score.logprobs: is of tokens: it needs 'per: token'")
        #expect(
            try job(Self.minimal + "\nscore: {logprobs: false}", overrides: ["task=score"]).task
                == .score(ScoreOptions()))
        for key in ["echo", "topLogprobs", "top_logprobs"] {
            #expect(
                message(Self.minimal + "\ngenerate: {\(key): 1}").hasPrefix("job.yaml:5: generate.\(key): unknown key"))
        }
    }

    @Test func textIsOfWindows() throws {
        #expect(
            try job(Self.minimal + "\nembed: {every: 9, text: true}").task
                == .embed(EmbedOptions(windowTokens: 9, text: true)))
        #expect(
            message(Self.minimal + "\nembed: {text: true}")
                == "job.yaml:5: embed.text: is of windows: it needs 'every: N'")
    }

    @Test func overridesTakeThePlaceOfTheFilesValues() throws {
        let job = try job(Self.minimal, overrides: ["embed.every=512", "embed.pooling=last", "max_errors=3"])
        #expect(job.task == .embed(EmbedOptions(pooling: .last, windowTokens: 512)))
        #expect(job.errorLimit == .count(3))
        #expect(try self.job(Self.minimal + "\ndtype: f32", overrides: ["dtype=bf16"]).dataType == .bf16)
    }

    @Test(arguments: ["", "=1", "a", "a..b=1"])
    func anOverrideIsKeyEqualsValue(_ text: String) {
        #expect(JobFile.Override(text) == nil)
    }

    @Test func mistakesAreNamedWithFileLineAndKey() {
        #expect(message(Self.minimal + "\ncolour: red").hasPrefix("job.yaml:5: colour: unknown key; known here: task"))
        #expect(
            message(Self.minimal + "\nembed:\n  pooling: max")
                == "job.yaml:6: embed.pooling: mean or last belongs here, not 'max'")
        #expect(
            message(Self.minimal + "\nembed:\n  poling: mean").hasPrefix("job.yaml:6: embed.poling: unknown key; "))
        #expect(
            message(Self.minimal + "\ndtype: bfloat16") == "job.yaml:5: dtype: f32 or bf16 belongs here, not 'bfloat16'"
        )
        #expect(
            message(Self.minimal + "\nchunk_tokens: 1000")
                == "job.yaml:5: chunk_tokens: must be a multiple of 256, the block of the arithmetic, not 1000")
        #expect(
            message(Self.minimal + "\nchunk_tokens: many")
                == "job.yaml:5: chunk_tokens: an integer from 256 to 1048576 belongs here, not 'many'")
        #expect(message("task: embed") == "job.yaml: model: is missing; for example 'model: models/mamba2-books-6m'")
        #expect(message(Self.minimal + "\ntask: score").hasSuffix(": task: given twice"))
        #expect(message("- a") == "job.yaml:1: keys and values belong here, as in 'task: embed'")
        #expect(message("task: [").hasPrefix("job.yaml:"))
        #expect(
            message(Self.minimal, overrides: ["output=rows.txt"])
                == "--set output: rows are JSON lines: the name must end in .jsonl, not 'rows.txt'")
    }

    @Test(arguments: [
        ("taks: embed\nmodel: m\ninput: a\noutput: o.jsonl", "job.yaml:1: taks: unknown key; did you mean 'task'? "),
        ("task: embed\nmodel: m\ninput: a\nouput: o.jsonl", "job.yaml:4: ouput: unknown key; did you mean 'output'? "),
        ("task: embed\nModel: m\ninput: a\noutput: o.jsonl", "job.yaml:2: Model: unknown key; did you mean 'model'? "),
        ("task:\nmodel: m\ninput: a\noutput: o.jsonl", "job.yaml:1: task: has no value; for example 'task: embed'"),
    ])
    func aRequiredKeyThatIsWrittenWrongIsNamed(_ yaml: String, _ prefix: String) {
        #expect(message(yaml).hasPrefix(prefix), "\(message(yaml))")
    }

    @Test(arguments: [
        (
            "embed: {poling: mean}",
            "job.yaml:5: embed.poling: unknown key; did you mean 'pooling'? known here: "
        ),
        ("chunkTokens: 256", "job.yaml:5: chunkTokens: unknown key; did you mean 'chunk_tokens'? "),
        ("pooling: last", "job.yaml:5: pooling: unknown key; it belongs below 'embed:'; "),
        (
            "embed: {max_errors: 1}",
            "job.yaml:5: embed.max_errors: unknown key; it belongs at the top of the file; "
        ),
        (
            "generate: {max_new_tokens: 1}",
            "job.yaml:5: generate.max_new_tokens: unknown key; did you mean 'max_tokens'? "
        ),
        ("generate: {temp: 1}", "job.yaml:5: generate.temp: unknown key; did you mean 'temperature'? "),
    ])
    func aKeyThatIsNearIsNamed(_ line: String, _ prefix: String) {
        let found = message(Self.minimal + "\n" + line)
        #expect(found.hasPrefix(prefix), "\(found)")
    }

    /// The file's lines say nothing of what the command line sets.
    @Test(arguments: [
        ("generate.top_p=2", "--set generate.top_p: a number from 0 to 1 belongs here, not '2'"),
        ("chunk_tokens=1000", "--set chunk_tokens: must be a multiple of 256, the block of the arithmetic, not 1000"),
        ("embed={poling: mean}", "--set embed: embed.poling: unknown key; did you mean 'pooling'? "),
        ("genrate.seed=7", "--set genrate.seed: genrate: unknown key; did you mean 'generate'? "),
        ("embed.poling=mean", "--set embed.poling: unknown key; did you mean 'pooling'? "),
        ("max_errors=[", "--set max_errors: not YAML: "),
        ("input=[a, [b]]", "--set input: a path belongs here, "),
        ("task=", "--set task: has no value; for example 'task: embed'"),
    ])
    func whatTheCommandLineSetsIsNamedSo(_ override: String, _ prefix: String) {
        let found = message(Self.minimal + "\ngenerate: {seed: 1}", overrides: [override])
        #expect(found.hasPrefix(prefix), "\(found)")
    }

    @Test func otherOptionsHaveTheirNames() throws {
        let override = try #require(JobFile.Override("chunk_tokens=1", name: "--chunk-tokens"))
        #expect(
            throws: JobFileError(
                file: "--chunk-tokens", message: "an integer from 256 to 1048576 belongs here, not '1'")
        ) {
            try JobFile.job(yaml: Self.minimal, file: "job.yaml", directory: "/", overrides: [override])
        }
    }

    @Test(arguments: [
        (
            "task: embed\nembed:\n\tpooling: mean",
            "job.yaml:3: not YAML: the line begins with a tab; YAML indents with spaces"
        ),
        ("{\"task\": \"embed\"\n \"model\": 1}", "job.yaml:2: this JSON cannot be read: "),
        ("{\"task\": \"embed\",", "job.yaml:2: this JSON cannot be read: "),
    ])
    func whatIsNoYAMLIsToldInPlainWords(_ text: String, _ prefix: String) {
        #expect(message(text).hasPrefix(prefix), "\(message(text))")
    }

    @Test(arguments: ["model", "input", "output"])
    func whatAShellExpandsIsNot(_ key: String) {
        for (path, word) in [("~/m.jsonl", "~"), ("$HOME/m.jsonl", "$HOME"), ("/data/${USER}/m.jsonl", "${USER}")] {
            let found = message(Self.minimal, overrides: ["\(key)=\(path)"])
            #expect(found.hasPrefix("--set \(key): '\(word)' is not expanded here"), "\(found)")
        }
        // A name that begins so and is not alone, or whose place is said.
        for path in ["./~/m.jsonl", "cash$/m.jsonl", "a~b.jsonl", "/~/m.jsonl"] {
            #expect(message(Self.minimal, overrides: ["\(key)=\(path)"]).hasPrefix("accepted: "), "\(path)")
        }
    }

    /// `longscan help job` explains what the file may say, no more and no less.
    @Test func everyKeyIsExplained() {
        func known(_ section: String) -> [String] {
            let path = section == "input" ? "path: a, " : ""
            let text = message(
                Self.minimal, overrides: [section.isEmpty ? "zzzzzzzzz=1" : "\(section)={\(path)zzzzzzzzz: 1}"])
            return text.split(separator: "known here: ").last.map { $0.split(separator: ", ").map(String.init) } ?? []
        }
        let sections = ["input", "embed", "generate", "score"]
        let top = known("").filter { $0 == "input" || !sections.contains($0) }
        let all = top + sections.flatMap { section in known(section).map { "\(section).\($0)" } }
        #expect(all.sorted() == JobFileKey.all.map(\.name).sorted())
    }

    @Test(arguments: [
        ("generate: {temperature: -1}", "generate.temperature"), ("generate: {top_p: 1.5}", "generate.top_p"),
        ("generate: {n: 0}", "generate.n"), ("generate: {stop: ['']}", "generate.stop"),
        ("generate: {max_tokens: 0}", "generate.max_tokens"), ("generate: {echo: true}", "generate.echo"),
        ("embed: {text: true}", "embed.text"), ("score: {logprobs: true}", "score.logprobs"),
        ("generate: {logprobs: 3}", "generate.logprobs"), ("score: {window: 1}", "score.window"),
        ("score: {per: token, logprobs: 1}", "score.logprobs"),
        ("max_errors: 101%", "max_errors"), ("max_errors: -1", "max_errors"), ("embed: {every: 0}", "embed.every"),
        ("embed: 3", "embed"),
    ])
    func valuesOutOfRangeAreRefused(_ line: String, _ key: String) {
        #expect(message(Self.minimal + "\n" + line).hasPrefix("job.yaml:5: \(key): "))
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: JobFileError(kind: .missing, file: "no/such.yaml", message: "no such file; there is no /no")) {
            try JobFile.job(at: "no/such.yaml", currentDirectory: "/")
        }
    }
}
