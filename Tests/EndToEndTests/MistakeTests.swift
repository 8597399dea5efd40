import Foundation
import TestSupport
import Testing

/// What people write wrong, and that the message says what is wrong, where, and what to do.
@Suite struct MistakeTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        let arguments: [String]
        let status: Int32
        let words: [String]

        init(_ arguments: [String], _ status: Int32, _ words: [String]) {
            self.arguments = arguments
            self.status = status
            self.words = words
        }

        var testDescription: String { arguments.joined(separator: " ") }
    }

    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "whale.txt")
    }

    private static let mistakes = [
        Mistake(["statsu"], 64, ["no command 'statsu'", "'status'"]),
        Mistake(["help", "nosuch"], 64, ["no command 'nosuch'"]),
        Mistake(["cancel"], 64, ["no command 'cancel'", "submit"]),
        Mistake(["job.yaml"], 64, ["'run job.yaml'"]),
        Mistake(["help", "bench", "modle"], 64, ["'model'"]),
        Mistake(["run", "job.yaml", "--dry"], 64, ["'--dry'", "'--dry-run'", "longscan help run"]),
        Mistake(["run", "job.yaml", "--batchsize", "4"], 64, ["'--batchsize'", "'--batch'", "longscan help run"]),
        Mistake(["run", "jbo.yaml"], 66, ["jbo.yaml: no such file", "/job.yaml?"]),
        Mistake(["run", "job.yaml", "--set", "input=whael.txt"], 66, ["job.yaml: input whael.txt", "/whale.txt?"]),
        Mistake(
            ["run", "job.yaml", "--set", "input=wahle/*.txt"], 66, ["job.yaml: input wahle/*.txt", "no file matches"]),
        Mistake(["run", "job.yaml", "--set", "model=./nope"], 66, ["/nope", "owner/name", "model: "]),
        Mistake(["run", "job.yaml", "--set", "model=empty"], 66, ["/empty", "config.json"]),
        Mistake(["run", "job.yaml", "--chunk-tokens", "1000"], 65, ["--chunk-tokens: must be a multiple of 256"]),
        Mistake(["run", "job.yaml", "--output", "~/o.jsonl"], 64, ["--output: '~' is not expanded"]),
        Mistake(["run", "job.yaml", "--model-dir", "/nope"], 66, ["/nope does not exist", "--model-dir"]),
        Mistake(["worker", "--connect", "tcp://127.0.0.1:1", "--model-dir", "/nope"], 66, ["/nope does not exist"]),
        Mistake(["status", "--coordinator", "tcp://nowhere.invalid:5555"], 69, ["unknown host 'nowhere.invalid'"]),
    ]

    @Test(arguments: mistakes) func mistakesSayWhatToDo(mistake: Mistake) throws {
        try directory.write("", to: "empty/notes")
        try directory.writeJob("score", input: "whale.txt")
        let ended = try Longscan.run(mistake.arguments, in: directory.path)
        #expect(ended.status == mistake.status && ended.output.isEmpty)
        for word in mistake.words { #expect(ended.errors.contains(word), "\(ended.errors)") }
    }

    @Test(arguments: [
        ("LONGSCAN_LANES=two", 64, "LONGSCAN_LANES is 'two': a whole number belongs there"),
        ("LONGSCAN_LANES=0", 64, "LONGSCAN_LANES is 0"),
        ("LONGSCAN_WORKRES=2", 0, "LONGSCAN_WORKRES is unknown and changes nothing; did you mean LONGSCAN_WORKERS?"),
        ("LONGSCAN_CHUNK_TOKENS=9", 65, "LONGSCAN_CHUNK_TOKENS: an integer from 256"),
    ])
    func variablesAreNamed(variable: String, status: Int32, message: String) throws {
        try directory.writeJob("score", input: "whale.txt")
        let ended = try Longscan.start(
            ["run", "job.yaml"], in: directory.path, wrapper: ["/usr/bin/env", variable]
        ).ended()
        #expect(ended.status == status, "\(ended.errors)")
        #expect(ended.errors.components(separatedBy: message).count == 2, "\(ended.errors)")
    }

    /// What the command line says comes before what the environment says.
    @Test(arguments: [["--set", "chunk_tokens=512"], ["--chunk-tokens", "512"]])
    func optionsComeBeforeVariables(options: [String]) throws {
        try directory.writeJob("score", input: "whale.txt")
        let ended = try Longscan.start(
            ["run", "job.yaml", "--dry-run"] + options, in: directory.path,
            wrapper: ["/usr/bin/env", "LONGSCAN_CHUNK_TOKENS=9"]
        ).ended()
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test func aCutFileOfWeightsIsToBeDownloadedAgain() throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        let weights = try directory.bytes("tiny/model.safetensors")
        try directory.write(weights.prefix(weights.count / 2), to: "tiny/model.safetensors")
        try directory.writeJob("score", model: "tiny", input: "whale.txt")
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 65 && ended.errors.contains("download it again"), "\(ended.errors)")
    }

    @Test func anEmptyJobAndAModelWithoutTokenizerAreExplained() throws {
        try directory.write("\n\n", to: "empty.jsonl")
        try directory.writeJob("score", input: "empty.jsonl")
        let empty = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(empty.status == 0 && empty.errors.contains("0 documents: the inputs hold none"), "\(empty.errors)")
        try FileManager.default.copyItem(atPath: Longscan.books, toPath: directory.path("model"))
        try FileManager.default.removeItem(atPath: directory.path("model/tokenizer.json"))
        try directory.writeJob("score", model: "model", input: "whale.txt", output: "none.jsonl")
        let ended = try Longscan.run(["run", "job.yaml"], in: directory.path)
        #expect(ended.status == 2 && ended.errors.contains("the first: whale.txt: the model has no tokenizer.json"))
    }
}
