import TestSupport
import Testing

/// The bytes of the output do not depend on how the work was cut and spread: the demo models, and the order of rows.
/// Small models of all sizes are in ExactnessTests.
@Suite struct SamenessTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let tasks = [
        (name: "mean", task: "embed", options: ""),
        (name: "windows", task: "embed", options: "embed: {every: 300}"),
        (name: "score", task: "score", options: "score: {per: token}"),
        (name: "bf16", task: "score", options: "dtype: bf16\nscore: {per: token}"),
        (
            name: "generate", task: "generate",
            options: "generate: {max_tokens: 5, n: 2, seed: 3, repetition_penalty: 1.2, logprobs: true}"
        ),
    ]

    /// Runs every task with every chunk size in one call.
    /// - Returns: the outputs, by task and chunk size.
    private func outputs(
        model: String, chunks: [Int], _ options: [String], name: String
    ) throws -> [String: [UInt8]] {
        var jobs: [String] = []
        var names: [(name: String, output: String)] = []
        for task in Self.tasks {
            for chunk in chunks {
                let output = "\(name)-\(task.name)-\(chunk).jsonl"
                jobs.append(
                    try directory.writeJob(
                        task.task, model: model, output: output,
                        options: "chunk_tokens: \(chunk)\n" + task.options, to: output + ".yaml"))
                names.append((task.name, output))
            }
        }
        let ended = try Longscan.run(["run"] + jobs + options)
        #expect(ended.status == 0, "\(ended.errors)")
        var outputs: [String: [UInt8]] = [:]
        for (name, output) in names {
            let bytes = try directory.bytes(output)
            #expect(!bytes.isEmpty)
            if let first = outputs[name] {
                #expect(bytes == first, "\(output) differs")
            } else {
                outputs[name] = bytes
            }
        }
        return outputs
    }

    @Test(arguments: ["mamba-books-6m", "mamba2-books-6m"])
    func demoModelsChangeNoByte(name: String) throws {
        let model = Longscan.model(name)
        try directory.write(Documents.lines(tokenCounts: [257, 700, 1, 255, 1100]), to: "documents.jsonl")
        let one = try outputs(
            model: model, chunks: [4096], ["--workers", "1", "--lanes", "1", "--batch", "1"], name: "one")
        let many = try outputs(model: model, chunks: [256], ["--workers", "2", "--lanes", "2"], name: "many")
        #expect(one == many)
        // That it was other arithmetic.
        #expect(one["bf16"] != one["score"])
    }

    @Test func rowsComeInInputOrder() throws {
        let model = directory.path("tiny")
        try TinyModel.write(to: model, seed: 1)
        // The first documents take longest.
        let counts = (0..<40).map { 3000 - $0 * 75 }
        try directory.write(Documents.lines(tokenCounts: counts), to: "documents.jsonl")
        try directory.writeJob("score", model: model)
        let ended = try Longscan.run(["run", "job.yaml", "--workers", "2", "--lanes", "2"], in: directory.path)
        #expect(ended.status == 0, "\(ended.errors)")
        let rows: [ScoreRow] = try directory.rows("rows.jsonl")
        #expect(rows.map(\.id) == (0..<40).map { "d\($0)" })
        #expect(rows.map(\.nTokens) == counts)
    }
}
