import Checkpoints
import Documents
import Foundation
import Jobs
import Mamba

/// The models, documents and outputs of a selftest, in a temporary directory.
struct SelftestDirectory {
    private static let vocabulary = 512

    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/longscan-selftest-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A small model of a family.
    static func configuration(_ family: ModelFamily) -> ModelConfiguration {
        ModelConfiguration(
            family: family.name, hiddenSize: 64, layers: [family.smallLayer, family.smallLayer],
            vocabularySize: vocabulary, paddedVocabularySize: vocabulary)
    }

    /// Writes a family's model, if it does not exist yet.
    /// - Returns: its directory.
    func model(_ family: ModelFamily) throws -> String {
        let directory = path + "/" + family.name
        if !FileManager.default.fileExists(atPath: directory) {
            try RandomModel(Self.configuration(family), seed: 1).write(to: directory)
        }
        return directory
    }

    /// The tokens of a document, from the whole vocabulary.
    static func tokens(_ count: Int, document: Int) -> [Int32] {
        // The generator is linear congruential (Knuth, TAOCP 2, 3.3.4, table 1, line 26); its high bits are good.
        var state = UInt64(document + 1)
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int32((state >> 33) % UInt64(vocabulary))
        }
    }

    /// Writes documents of the given lengths.
    /// - Parameter bad: lines after the first document.
    func writeDocuments(_ lengths: [Int], bad: [String] = [], to name: String) throws {
        var lines = lengths.enumerated().map { "{\"id\":\"d\($0)\",\"tokens\":\(Self.tokens($1, document: $0))}" }
        lines.insert(contentsOf: bad, at: 1)
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: path + "/" + name))
    }

    func job(
        _ task: Job.Task, _ family: ModelFamily, input: String, output: String, chunkTokens: Int = 2048
    ) throws -> Job {
        Job(
            task: task, model: try model(family), inputs: [.init(asGiven: input, path: path + "/" + input)],
            output: path + "/" + output, chunkTokens: chunkTokens)
    }

    /// The first digits of a file's digest.
    func digest(_ name: String) throws -> String {
        let file = InputFile(asGiven: name, path: path + "/" + name, kind: .jsonl)
        return String(try file.sha256().prefix(16))
    }

    func lineCount(_ name: String) throws -> Int {
        try Data(contentsOf: URL(filePath: path + "/" + name)).count { $0 == UInt8(ascii: "\n") }
    }
}
