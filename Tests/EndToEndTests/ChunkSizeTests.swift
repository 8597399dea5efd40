import TestSupport
import Testing

/// `chunk_tokens` changes no byte, for tasks that bring much for each token.
@Suite struct ChunkSizeTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private static let tasks = [
        (task: "embed", options: "embed: {every: 1, encoding: base64}"),
        (task: "embed", options: "embed: {every: 7, text: true}"),
        (task: "embed", options: "embed: {every: 9223372036854775807, text: true}"),
        (task: "score", options: "score: {per: token, window: 300, logprobs: true}"),
        (task: "generate", options: "generate: {max_tokens: 9, n: 2, logprobs: true}"),
    ]

    /// More tokens than a step may have embeddings, and an OpenAI line that asks for all there is.
    @Test(arguments: tasks) func rowsAreTheSame(task: String, options: String) throws {
        let model = directory.path + "/model"
        try TinyModel.write(to: model, seed: 3)
        try directory.write(Documents.text(words: 5000, seed: 8), to: "long.txt")
        let line =
            #"{"custom_id":"c","method":"POST","url":"/v1/completions","body":{"prompt":[[300,301],"#
            + #"\#(Documents.tokens(700, seed: 2))],"max_tokens":300,"echo":true,"logprobs":20}}"# + "\n"
        try directory.write(line + Documents.line("d", tokens: Documents.tokens(600, seed: 1)), to: "more.jsonl")
        var rows: [[UInt8]] = []
        var jobs: [String] = []
        for chunk in [256, 2048, 1 << 20] {
            jobs.append(
                try directory.writeJob(
                    task, model: model, input: task == "score" ? "long.txt" : "[long.txt, more.jsonl]",
                    output: "\(chunk).jsonl", options: "chunk_tokens: \(chunk)\n" + options, to: "\(chunk).yaml"))
        }
        let ended = try Longscan.run(["run"] + jobs + ["--snapshot-chunks", "2"])
        #expect(ended.status == 0, "\(ended.errors)")
        for chunk in [256, 2048, 1 << 20] { rows.append(try directory.bytes("\(chunk).jsonl")) }
        #expect(!rows[0].isEmpty && rows.allSatisfy { $0 == rows[0] })
    }
}
