import Foundation

/// A directory of a test's own, removed when the test is over.
final class TemporaryDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/longscan-end-to-end-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file, its directories if need be.
    /// - Returns: its path.
    @discardableResult
    func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
        let file = URL(filePath: path(name))
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
        return file.path
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try write(text.utf8, to: name)
    }

    func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path(name))))
    }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name))
    }

    /// The JSON lines of a file, one value each.
    func rows<Row: Decodable>(_ name: String, as type: Row.Type = Row.self) throws -> [Row] {
        let lines = try String(contentsOfFile: path(name), encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.last?.isEmpty ?? false else { throw Failure("\(name) does not end with a line feed") }
        return try lines.dropLast().map { try JSON.decode(Row.self, from: $0) }
    }

    func manifest(_ name: String = "rows.manifest.json") throws -> Manifest {
        try JSON.decode(Manifest.self, from: String(contentsOfFile: path(name), encoding: .utf8))
    }

    /// Writes a job file with paths in this directory.
    /// - Parameter options: further lines of YAML.
    @discardableResult
    func writeJob(
        _ task: String, model: String = Longscan.books, input: String = "documents.jsonl",
        output: String = "rows.jsonl", options: String = "", to name: String = "job.yaml"
    ) throws -> String {
        try write(
            "task: \(task)\nmodel: \(model)\ninput: \(input)\noutput: \(output)\n\(options)\n", to: name)
    }
}

enum JSON {
    static func decode<Value: Decodable>(_ type: Value.Type, from text: some StringProtocol) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }
}
