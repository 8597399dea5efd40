import Foundation
import JobFile
import Jobs
import Testing

/// A job that is written as a job file is read as the same job.
@Suite struct JobFileFormTests {
    private func json(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = .sortedKeys) throws
        -> String
    {
        let encoder = JSONEncoder()
        encoder.outputFormatting = formatting
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private func form(_ job: Job) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: Data(json(JobFileForm(job)).utf8)) as? [String: Any])
    }

    private func reread(_ text: String) throws(JobFileError) -> Job {
        try JobFile.job(yaml: text, file: "job.json", directory: "/some/where/else")
    }

    @Test(arguments: 0..<500 as Range<UInt64>)
    func drawnJobsAreTheSameAgain(seed: UInt64) throws {
        let job = DrawnJob(seed: seed).job
        let form = JobFileForm(job)
        for formatting: JSONEncoder.OutputFormatting in [[], [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]] {
            let text = try json(form, formatting)
            let again = try reread(text)
            // Ids are made from the bytes of this; texts that Swift takes for equal may differ in theirs.
            #expect(try Array(json(again).utf8) == Array(json(job).utf8), "seed \(seed): \(text)")
            #expect(try JSONDecoder().decode(JobFileForm.self, from: Data(text.utf8)) == form, "seed \(seed)")
        }
    }

    @Test func itHasTheKeysOfAJobFile() throws {
        var job = Job(
            task: .score(ScoreOptions()), model: "/m",
            inputs: [
                .init(asGiven: "/a.txt", path: "/a.txt"), .init(asGiven: "b/*", path: "/data/b/*", format: .lines),
            ],
            output: "/rows.jsonl")
        #expect(
            try json(JobFileForm(job), [.sortedKeys, .withoutEscapingSlashes])
                == #"{"chunk_tokens":2048,"dtype":"f32","input":["/a.txt",{"as":"b/*","format":"lines","#
                + #""path":"/data/b/*"}],"model":"/m","output":"/rows.jsonl","#
                + #""score":{"logprobs":false,"per":"document"},"task":"score"}"#)
        // Every key of a task's section is there, but for one whose value is null.
        for task: Job.Task in [
            .embed(EmbedOptions()), .generate(GenerateOptions()), .score(ScoreOptions(windowTokens: 9)),
        ] {
            job.task = task
            let section = try #require(try form(job)[task.name] as? [String: Any])
            let known = JobFileKey.all.map(\.name).filter { $0.hasPrefix(task.name + ".") }
            #expect(Set(section.keys.map { "\(task.name).\($0)" }) == Set(known))
        }
    }

    /// The copy's place is gone when the job is done.
    @Test func aCopyOfStandardInputIsStandardInput() throws {
        var job = Job(
            task: .embed(EmbedOptions()), model: "/m",
            inputs: [.init(asGiven: "-", path: "/rows.work/standard-input-0.jsonl")], output: "/rows.jsonl")
        #expect(try reread(json(JobFileForm(job))).inputs == [.init(asGiven: "-", path: "-")])
        job.inputs[0].format = .lines
        #expect(try reread(json(JobFileForm(job))).inputs == [.init(asGiven: "-", path: "-", format: .lines)])
    }

    @Test(arguments: [
        (Job.ErrorLimit.none, nil), (.count(0), "0"), (.count(.max), "9223372036854775807"), (.fraction(0), "0%"),
        (.fraction(0.07), "7%"), (.fraction(0.125), "12.5%"), (.fraction(1), "100%"),
        (.fraction(.leastNonzeroMagnitude), "5e-322%"),
    ])
    func errorLimitsAreShort(limit: Job.ErrorLimit, expected: String?) throws {
        let job = Job(
            task: .embed(EmbedOptions()), model: "/m", inputs: [.init(asGiven: "/a", path: "/a")], output: "/o.jsonl",
            errorLimit: limit)
        #expect(try form(job)["max_errors"].map { "\($0)" } == expected)
        #expect(try reread(json(JobFileForm(job))) == job)
    }

    /// A path of the hub cache is made from what an environment variable says, to the letter.
    @Test(arguments: [
        ("/data//hub/models--a--b/snapshots/c0ffee", "a/b@c0ffee"),
        ("hub/models--a--b/snapshots/c0ffee", "a/b@c0ffee"),
        ("/data/hub/models--a--b/snapshots/c0ffee", "/data/hub/models--a--b/snapshots/c0ffee"),
        ("/data//m", "/data//m"),
    ])
    func aModelOfTheHubIsFoundAgain(path: String, expected: String) throws {
        let job = Job(
            task: .embed(EmbedOptions()), model: path, inputs: [.init(asGiven: "/a", path: "/a")], output: "/o.jsonl")
        #expect(try form(job)["model"] as? String == expected)
    }

    /// What no job file says is not lost, and is an error there.
    @Test func whatOnlyAMessageSaysIsKept() throws {
        let plain = Job(
            task: .generate(GenerateOptions()), model: "/m", inputs: [.init(asGiven: "/a", path: "/a")],
            output: "/o.jsonl")
        for (key, options) in [
            ("echo", GenerateOptions(echo: true)), ("top_logprobs", GenerateOptions(topLogprobs: 1)),
            ("seed", GenerateOptions(seed: .max)),
        ] {
            var job = plain
            job.task = .generate(options)
            let text = try json(JobFileForm(job))
            let error = #expect(throws: JobFileError.self) { try reread(text) }
            #expect(error?.key == "generate.\(key)")
            #expect(!JobFileForm(job).makesSameRows(as: JobFileForm(plain)))
            #expect(try JSONDecoder().decode(JobFileForm.self, from: Data(text.utf8)) == JobFileForm(job))
        }
    }

    @Test func rowsAreThoseOfTaskAndDataType() {
        let job = Job(
            task: .embed(EmbedOptions()), model: "/m", inputs: [.init(asGiven: "/a", path: "/a")], output: "/o.jsonl")
        func isSame(_ change: (inout Job) -> Void) -> Bool {
            var other = job
            change(&other)
            return JobFileForm(other).makesSameRows(as: JobFileForm(job))
        }
        #expect(isSame { $0.output = "/p.jsonl" })
        #expect(isSame { $0.chunkTokens = 256 })
        #expect(isSame { $0.errorLimit = .count(1) })
        #expect(!isSame { $0.dataType = .bf16 })
        #expect(!isSame { $0.task = .score(ScoreOptions()) })
        #expect(!isSame { $0.task = .embed(EmbedOptions(pooling: .last)) })
    }
}
