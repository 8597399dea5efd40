import Foundation
import TestSupport
import Testing

/// Models that a job names by their id on the Hugging Face hub, and where workers find them.
@Suite struct HubModelTests {
    let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("A whale.", to: "whale.txt")
    }

    /// A hub cache as huggingface_hub makes it: a snapshot of links to files that are named by their contents.
    private func makeCache(_ name: String) throws {
        let model = directory.path(name + "/models--tests--tiny")
        try TinyModel.write(to: model + "/blobs", seed: 1)
        try FileManager.default.createDirectory(atPath: model + "/refs", withIntermediateDirectories: true)
        let snapshot = model + "/snapshots/0123456789abcdef"
        try FileManager.default.createDirectory(atPath: snapshot, withIntermediateDirectories: true)
        for file in try FileManager.default.contentsOfDirectory(atPath: model + "/blobs") {
            try FileManager.default.createSymbolicLink(
                atPath: snapshot + "/" + file, withDestinationPath: "../../blobs/" + file)
        }
        try Data("0123456789abcdef".utf8).write(to: URL(filePath: model + "/refs/main"))
    }

    private func run(_ arguments: [String], cache: String) throws -> Ended {
        try Longscan.start(
            arguments, in: directory.path, wrapper: ["/usr/bin/env", "HF_HUB_CACHE=" + directory.path(cache)]
        ).ended()
    }

    @Test func aModelIsFoundByItsID() throws {
        try makeCache("cache")
        try directory.writeJob("score", model: "tests/tiny", input: "whale.txt")
        let ended = try run(["run", "job.yaml"], cache: "cache")
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try (directory.rows("rows.jsonl") as [ScoreRow]).count == 1)
        let shown = try run(["model", "tests/tiny@main", "--verify"], cache: "cache")
        #expect(shown.status == 0 && shown.output.contains("mamba2"), "\(shown.errors)")
    }

    /// The cache's path, which is part of the job, is what the environment says, to the letter.
    @Test(arguments: ["cache", "cache/"]) func aManifestsJobFindsTheModelAgain(cache: String) throws {
        try makeCache("cache")
        try directory.writeJob("score", model: "tests/tiny", input: "whale.txt")
        #expect(try run(["run", "job.yaml"], cache: cache).status == 0)
        let manifest = try JSONSerialization.jsonObject(with: Data(directory.bytes("rows.manifest.json")))
        let job = try #require((manifest as? [String: Any])?["job"])
        try directory.write(JSONSerialization.data(withJSONObject: job), to: "elsewhere/again.json")
        let again = try run(["run", "elsewhere/again.json"], cache: cache)
        #expect(again.status == 0 && again.errors.contains("done before"), "\(again.errors)")
    }

    /// A worker whose own directory is a hub cache, or holds a folder of the model's name.
    @Test(arguments: ["cache", "own"]) func aWorkerFindsItInItsOwnDirectory(place: String) throws {
        try makeCache("cache")
        try TinyModel.write(to: directory.path("own/tiny"), seed: 1)
        try directory.writeJob("score", model: "tests/tiny", input: "whale.txt")
        let ended = try run(["run", "job.yaml", "--model-dir", place], cache: "cache")
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test func aModelThatIsNotInTheCacheIs66() throws {
        try directory.writeJob("score", model: "tests/none", input: "whale.txt")
        let ended = try run(["run", "job.yaml"], cache: "cache")
        #expect(ended.status == 66)
        #expect(
            ended.errors
                == "longscan: job.yaml:2: model: there is no directory \(directory.path("tests/none")), and no model "
                + "tests/none in the hub cache \(directory.path("cache")); 'hf download tests/none' fetches it\n")
        #expect(try run(["model", "tests/none"], cache: "cache").status == 66)
    }

    @Test func aModelWithANumberThatIsNotFiniteIs65() throws {
        try TinyModel.write(to: directory.path("tiny"), seed: 1)
        var bytes = try directory.bytes("tiny/model.safetensors")
        bytes.replaceSubrange(bytes.count - 4..<bytes.count, with: [0, 0, 0xc0, 0x7f])
        try directory.write(bytes, to: "tiny/model.safetensors")
        try directory.writeJob("score", model: "tiny", input: "whale.txt")
        let reason =
            "tiny/model.safetensors: tensor backbone.layers.1.mixer.out_proj.weight holds a number that is not finite\n"
        for command in [["run", "job.yaml"], ["model", "tiny"], ["model", "tiny", "--verify"]] {
            let ended = try Longscan.run(command, in: directory.path)
            #expect(ended.status == 65)
            #expect(ended.errors.hasSuffix(reason), "\(ended.errors)")
        }
        #expect(!directory.exists("rows.jsonl") && !directory.exists("rows.work"))
    }
}
