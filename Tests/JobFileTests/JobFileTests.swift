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

    @Test func jsonIsYAMLToo() throws {
        let job = try job(
            #"{"task": "score", "model": "m", "input": "a.txt", "output": "o.jsonl", "score": {"per": "token"}}"#)
        #expect(job.task == .score(ScoreOptions(per: .token)))
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
                == "job.yaml:5: chunk_tokens: a whole number of 256 to 1048576 belongs here, not 'many'")
        #expect(message("task: embed") == "job.yaml: model: is missing; for example 'model: models/mamba2-books-6m'")
        #expect(message(Self.minimal + "\ntask: score").hasSuffix(": task: given twice"))
        #expect(message("- a") == "job.yaml:1: keys and values belong here, as in 'task: embed'")
        #expect(message("task: [").hasPrefix("job.yaml:"))
        #expect(
            message(Self.minimal, overrides: ["output=rows.txt"])
                == "job.yaml:1: output: rows are JSON lines: the name must end in .jsonl, not 'rows.txt'")
    }

    @Test(arguments: [
        ("generate: {temperature: -1}", "generate.temperature"), ("generate: {top_p: 1.5}", "generate.top_p"),
        ("generate: {n: 0}", "generate.n"), ("generate: {stop: ['']}", "generate.stop"),
        ("generate: {logprobs: 3}", "generate.logprobs"), ("score: {window: 1}", "score.window"),
        ("score: {per: token, logprobs: 1}", "score.logprobs"),
        ("max_errors: 101%", "max_errors"), ("max_errors: -1", "max_errors"), ("embed: {every: 0}", "embed.every"),
        ("embed: 3", "embed"),
    ])
    func valuesOutOfRangeAreRefused(_ line: String, _ key: String) {
        #expect(message(Self.minimal + "\n" + line).hasPrefix("job.yaml:5: \(key): "))
    }

    @Test func aMissingFileIsNamed() {
        #expect(throws: JobFileError(kind: .missing, file: "no/such.yaml", message: "no such file")) {
            try JobFile.job(at: "no/such.yaml", currentDirectory: "/")
        }
    }
}
