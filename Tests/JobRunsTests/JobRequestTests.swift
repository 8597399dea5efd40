import Coordination
import FoundationEssentials
import JobRuns
import Jobs
import TestSupport
import Testing
import Threads

@Suite struct JobRequestTests {
    private static let job = Job(
        task: .embed(EmbedOptions()), model: "/m",
        inputs: [.init(asGiven: "a", path: "/a"), .init(asGiven: "b", path: "/b")],
        output: "/rows.jsonl")

    @Test func theSameJobIsTheSameJob() throws {
        let id = JobRequest.id(of: Self.job)
        #expect(id.digest.count == 64)
        #expect(id.digest.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(JobRequest.id(of: Self.job) == id)
        let reread = try JSONDecoder().decode(Job.self, from: Data(JobRequest.json(Self.job).utf8))
        #expect(reread == Self.job)
        #expect(JobRequest.id(of: reread) == id)
    }

    /// Of ids that are written down, in ledgers and by people: another form of the JSON would make them other jobs.
    @Test func idsStayOverVersions() {
        #expect(
            JobRequest.json(Self.job)
                == #"{"chunkTokens":2048,"errorLimit":{"none":{}},"inputs":[{"asGiven":"a","path":"/a"},"#
                + #"{"asGiven":"b","path":"/b"}],"model":"/m","output":"/rows.jsonl","#
                + #""task":{"embed":{"_0":{"encoding":"float","normalize":true,"pooling":"mean"}}}}"#)
        let tasks: [(Job.Task, String)] = [
            (
                .generate(GenerateOptions()),
                #"{"generate":{"_0":{"logprobs":false,"maxTokens":128,"minP":0,"repetitionPenalty":1,"samples":1,"#
                    + #""seed":0,"stop":[],"temperature":1,"topK":0,"topP":1}}}"#
            ),
            (.score(ScoreOptions()), #"{"score":{"_0":{"per":"document"}}}"#),
        ]
        for (task, json) in tasks {
            var job = Self.job
            job.task = task
            #expect(JobRequest.json(job).hasSuffix(#""task":"# + json + "}"))
        }
    }

    @Test func everyFieldIsReadAgain() throws {
        for task in Self.tasks {
            var job = Self.job
            job.task = task
            for dataType in Job.DataType.allCases {
                job.dataType = dataType
                #expect(try JSONDecoder().decode(Job.self, from: Data(JobRequest.json(job).utf8)) == job)
            }
        }
    }

    @Test func theOrderOfKeysIsNoPartOfAJob() throws {
        let orders = [
            #"{"task":{"score":{"_0":{"per":"token","windowTokens":9}}},"output":"/o","model":"/m","#
                + #""inputs":[{"path":"/a","asGiven":"a"}],"errorLimit":{"count":{"_0":3}},"chunkTokens":256}"#,
            #"{"chunkTokens":256,"errorLimit":{"count":{"_0":3}},"inputs":[{"asGiven":"a","path":"/a"}],"#
                + #""model":"/m","output":"/o","task":{"score":{"_0":{"windowTokens":9,"per":"token"}}}}"#,
        ]
        let ids = try orders.map { JobRequest.id(of: try JSONDecoder().decode(Job.self, from: Data($0.utf8))) }
        #expect(ids[0] == ids[1])
    }

    @Test func everyFieldThatChangesAResultIsPartOfAJob() {
        var jobs = [Self.job]
        func add(_ change: (inout Job) -> Void) {
            var job = Self.job
            change(&job)
            jobs.append(job)
        }
        add { $0.model = "/n" }
        add { $0.inputs.removeLast() }
        add { $0.inputs.reverse() }
        add { $0.inputs[0].asGiven = "c" }
        add { $0.inputs[0].path = "/c" }
        add { $0.output = "/other.jsonl" }
        add { $0.dataType = .bf16 }
        for task in Self.tasks { add { $0.task = task } }
        let ids = Set(jobs.map(JobRequest.id))
        #expect(ids.count == jobs.count)
    }

    @Test func whatChangesNoResultIsNotPartOfAJob() {
        var job = Self.job
        job.chunkTokens = 256
        #expect(JobRequest.id(of: job) == JobRequest.id(of: Self.job))
        for limit in [Job.ErrorLimit.count(0), .count(1), .fraction(0), .fraction(0.5)] {
            job.errorLimit = limit
            #expect(JobRequest.id(of: job) == JobRequest.id(of: Self.job))
        }
    }

    private static var tasks: [Job.Task] {
        let embed = [
            EmbedOptions(pooling: .last), EmbedOptions(windowTokens: 9), EmbedOptions(normalize: false),
            EmbedOptions(encoding: .base64),
        ]
        let generate = [
            GenerateOptions(), GenerateOptions(maxTokens: 1), GenerateOptions(temperature: 0), GenerateOptions(topK: 1),
            GenerateOptions(topP: 0.5), GenerateOptions(minP: 0.5), GenerateOptions(repetitionPenalty: 2),
            GenerateOptions(stop: ["a"]), GenerateOptions(samples: 2), GenerateOptions(seed: 1),
            GenerateOptions(logprobs: true), GenerateOptions(echo: true), GenerateOptions(topLogprobs: 1),
        ]
        let score = [
            ScoreOptions(), ScoreOptions(per: .token), ScoreOptions(windowTokens: 9), ScoreOptions(logprobs: true),
        ]
        return embed.map(Job.Task.embed) + generate.map(Job.Task.generate) + score.map(Job.Task.score)
    }

    @Test func aModelThatIsNotThereRefusesTheJob() throws {
        let directory = try TemporaryDirectory()
        var job = Self.job
        job.model = directory.path + "/no-model"
        let error = try #require(throws: JobRefusal.self) {
            try JobRequest(job: job, client: nil).outcome()
        }
        #expect(error.refused.failure.message.contains(job.model))
        #expect(error.refused.reason == .noInput)
    }

    @Test func aLedgersJobThatCannotBeReadIsRefused() {
        #expect(throws: JobRefusal.self) { try JobRequest(json: "{}") }
    }
}
