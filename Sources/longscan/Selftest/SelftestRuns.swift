import Checkpoints
import Coordination
import Foundation
import Jobs

/// The jobs of a selftest, run as by `longscan run`, in child processes.
struct SelftestRuns {
    let directory: SelftestDirectory

    private static let tasks: [(family: ModelFamily, dataType: Job.DataType, task: Job.Task, text: String)] = [
        (.mamba, .f32, .embed(EmbedOptions(windowTokens: 1000)), "embeddings of windows of 1,000 tokens"),
        (.mamba2, .f32, .score(ScoreOptions(per: .token)), "scores of every token"),
        (
            .falconMamba, .f32, .generate(GenerateOptions(maxTokens: 24, samples: 2, logprobs: true)),
            "2 samples of 24 tokens"
        ),
        (.mamba2, .bf16, .score(ScoreOptions(per: .token)), "scores of every token"),
    ]
    private static let lengths = [700, 1, 5000, 257, 12_000, 256, 3000, 2049]
    private static let chunks = [256, 4096, 16_384]
    /// The lengths of documents for disturbed runs: each is long enough to be interrupted.
    private static let longLengths = [2000] + Array(repeating: 60_000, count: 6)

    func check(_ report: inout SelftestReport) throws {
        var digests: [[String]] = []
        try report.check("same bytes") {
            digests = try outputs()
            return finding(digests, 0)
        }
        for task in digests.indices.dropFirst() {
            try report.check("same bytes") { finding(digests, task) }
        }
        try report.check("crash", crash)
        try report.check("error row", errorRow)
    }

    private func run(
        _ jobs: [Job], workers: Int = 1, lanes: Int = 1,
        onStatus: ((JobStatus, LocalCluster) -> Void)? = nil
    ) throws {
        var session = try RunSession(
            jobs: jobs, workers: workers, lanes: lanes, modelDirectory: nil, style: .quiet, onStatus: onStatus)
        try session.run()
    }

    // MARK: - Same bytes

    /// - Returns: the digests of all outputs, by task.
    private func outputs() throws -> [[String]] {
        try directory.writeDocuments(Self.lengths, to: "documents.jsonl")
        var digests: [[String]] = Array(repeating: [], count: Self.tasks.count)
        for (workers, lanes) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            var outputs: [(task: Int, name: String)] = []
            var jobs: [Job] = []
            for (number, task) in Self.tasks.enumerated() {
                for chunk in Self.chunks {
                    let name = "\(task.family.name)-\(task.dataType.rawValue)-\(workers)-\(lanes)-\(chunk).jsonl"
                    outputs.append((number, name))
                    var job = try directory.job(
                        task.task, task.family, input: "documents.jsonl", output: name, chunkTokens: chunk)
                    job.dataType = task.dataType
                    jobs.append(job)
                }
            }
            try run(jobs, workers: workers, lanes: lanes)
            for output in outputs { digests[output.task].append(try directory.digest(output.name)) }
        }
        return digests
    }

    private func finding(_ digests: [[String]], _ number: Int) -> Finding {
        let task = Self.tasks[number]
        let different = Set(digests[number])
        let tokens = Self.lengths.reduce(0, +)
        return Finding(
            isGood: different.count == 1,
            text:
                "\(task.family.name) in \(task.dataType.rawValue), \(task.text): \(Self.lengths.count) documents of \(tokens.grouped) tokens in chunks of "
                + "256, 4,096 and whole by 1 and 2 workers of 1 and 2 lanes: \(digests[number].count) outputs, all sha256 "
                + different.sorted().joined(separator: "… and "))
    }

    // MARK: - Crash

    /// Kills a worker when the first document is done. Kills the coordinator when the worker's document has gone to
    /// another worker.
    private func crash() throws -> Finding {
        try directory.writeDocuments(Self.longLengths, to: "long.jsonl")
        func job(_ output: String) throws -> Job {
            try directory.job(.score(ScoreOptions()), .mamba2, input: "long.jsonl", output: output)
        }
        try run([try job("undisturbed.jsonl")], workers: 2)
        var hasKilledWorker = false
        var doneBefore: Int?
        do {
            try run([try job("disturbed.jsonl")], workers: 2) { status, cluster in
                if !hasKilledWorker, status.documentsDone > 0 {
                    cluster.kill(worker: 1)
                    hasKilledWorker = true
                } else if status.documentsMoved > 0, doneBefore == nil {
                    cluster.killCoordinator()
                    doneBefore = status.documentsDone
                }
            }
        } catch let failure as CommandFailure where failure.exitStatus == ExitStatus.tryAgain {
            // The failure is expected: the coordinator is gone.
        }
        guard let doneBefore else {
            return Finding(isGood: false, text: "the job ended before anything could be killed")
        }
        try run([try job("disturbed.jsonl")], workers: 2)
        let digests = try ["undisturbed.jsonl", "disturbed.jsonl"].map(directory.digest)
        return Finding(
            isGood: digests[0] == digests[1],
            text: "mamba2, scores: a worker killed, its document done again by another; then, with \(doneBefore) of "
                + "\(Self.longLengths.count) documents done, the coordinator killed, and the same run again: sha256 "
                + "\(digests[1]), undisturbed \(digests[0])")
    }

    // MARK: - Error rows

    private func errorRow() throws -> Finding {
        let lengths = [300, 200, 100]
        let bad = ["{\"id\":\"none\",\"tokens\":[1,2,999999]}", "{\"id\":\"broken\",\"tokens\":[1,2"]
        try directory.writeDocuments(lengths, to: "good.jsonl")
        try directory.writeDocuments(lengths, bad: bad, to: "bad.jsonl")
        for name in ["good", "bad"] {
            do {
                let job = try directory.job(
                    .score(ScoreOptions()), .mamba2, input: name + ".jsonl", output: name + ".rows.jsonl")
                try run([job])
            } catch let failure as CommandFailure where failure.exitStatus == ExitStatus.errorRows && name == "bad" {
                // The failure is expected: there are error rows.
            }
        }
        let digests = try ["good.rows.jsonl", "bad.rows.jsonl"].map(directory.digest)
        let errors = try directory.lineCount("bad.rows.errors.jsonl")
        return Finding(
            isGood: digests[0] == digests[1] && errors == bad.count,
            text: "a token that no vocabulary has and a line that breaks off, among \(lengths.count) good documents: "
                + "\(errors) error rows; the others' rows as without them, sha256 \(digests[1])")
    }
}
