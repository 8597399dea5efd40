import Coordination
import FoundationEssentials
import JobRuns
import Jobs
import TestSupport
import Testing

/// A job whose inputs would take the files that it writes would read its own rows as documents.
@Suite struct OwnOutputTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("{\"tokens\":[1]}\n", to: "in/a.jsonl")
    }

    private func start(_ input: String, output: String) throws {
        let job = Job(
            task: .score(ScoreOptions()), model: "/model",
            inputs: [directory.input("in/a.jsonl"), directory.input(input)],
            output: directory.path + "/" + output)
        let run = try JobRun(StartedJob.id, job, model: DemoModel.ofTokens) { _ in }
        run.stop(.init(failure: Failure(code: "over", message: "the test is over"), reason: .failed))
    }

    @Test(arguments: [
        ("in", "in/rows.jsonl", "in/rows.jsonl"),
        ("in/", "in/deep/rows.jsonl", "in/deep/rows.jsonl"),
        ("in/*.jsonl", "in/rows.jsonl", "in/rows.jsonl"),
        ("in/**", "in/deep/rows.jsonl", "in/deep/rows.jsonl"),
        ("in/**/*.jsonl", "in/rows.jsonl", "in/rows.jsonl"),
        ("in/*.errors.jsonl", "in/rows.jsonl", "in/rows.errors.jsonl"),
        ("*/rows.work/*", "in/rows.jsonl", "in/rows.work/ahead.jsonl"),
        ("in/rows.jsonl", "in/rows.jsonl", "in/rows.jsonl"),
        ("linked", "in/rows.jsonl", "in/rows.jsonl"),
        ("in", "linked/rows.jsonl", "linked/rows.jsonl"),
        ("linked/*.jsonl", "in/rows.jsonl", "in/rows.jsonl"),
    ])
    func isRefused(input: String, output: String, named: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: directory.path + "/linked", withDestinationPath: directory.path + "/in")
        let error = try #require(throws: JobRefusal.self) { try start(input, output: output) }
        #expect(error.refused.reason == .badData)
        #expect(
            error.refused.failure.message
                == "input \(input) takes \(directory.path)/\(named), which this job writes: put its output somewhere else"
        )
        #expect(!directory.exists(output))
    }

    @Test(arguments: [
        ("in", "rows.jsonl"), ("in", "in.jsonl"), ("in", "in/.rows/rows.jsonl"), ("in/*.jsonl", "in/deep/rows.jsonl"),
        ("in/*.jsonl", "rows.jsonl"), ("in/a.jsonl", "in/rows.jsonl"), ("*/a.jsonl", "in/rows.jsonl"),
    ])
    func elsewhereIsFine(input: String, output: String) throws {
        try start(input, output: output)
        #expect(directory.exists(output))
    }
}
