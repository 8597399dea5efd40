import Coordination
import Documents
import FoundationEssentials
import Jobs

/// What made a job's rows: written beside them when the job has ended.
struct Manifest: Sendable, Codable {
    struct Input: Sendable, Equatable, Codable {
        var path: String
        var bytes: Int
        var sha256: String
    }

    struct Counts: Sendable, Codable {
        var documents: Int
        var errors: Int
        /// Of the documents that have rows.
        var tokens: Int
        var outputBytes: Int

        enum CodingKeys: String, CodingKey {
            case documents, errors, tokens
            case outputBytes = "output_bytes"
        }
    }

    var version: String
    var jobID: JobID
    var state: JobStatus.State
    var job: Job
    var modelDigest: String
    var inputs: [Input]
    /// What fixed the bits of the arithmetic of each worker that took part.
    var profiles: [String]
    var counts: Counts
    var startedAt: Date
    var finishedAt: Date

    enum CodingKeys: String, CodingKey {
        case version, state, job, inputs, profiles, counts
        case jobID = "job_id"
        case modelDigest = "model_digest"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// - Throws: `FileError`.
    func write(to path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        try DurableFile.replace(path, with: Array(encoder.encode(self)) + Array("\n".utf8))
    }

    /// - Returns: `nil` if there is no manifest at the path, or none of this program.
    static func read(_ path: String) -> Manifest? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return FileManager.default.contents(atPath: path).flatMap { try? decoder.decode(Manifest.self, from: $0) }
    }
}
