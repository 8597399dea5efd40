import Foundation
import TestSupport

extension TemporaryDirectory {
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
