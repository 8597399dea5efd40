package import Coordination
import Documents
package import FoundationEssentials
package import Jobs

/// What made a job's rows: written beside them when the job has ended.
package struct Manifest: Sendable, Codable {
    package struct Input: Sendable, Equatable, Codable {
        package var path: String
        package var bytes: Int
        package var sha256: String
    }

    package struct Counts: Sendable, Codable {
        package var documents: Int
        package var errors: Int
        /// Of the documents that have rows.
        package var tokens: Int
        package var outputBytes: Int

        enum CodingKeys: String, CodingKey {
            case documents, errors, tokens
            case outputBytes = "output_bytes"
        }
    }

    package var version: String
    package var jobID: JobID
    package var state: JobStatus.State
    package var job: Job
    package var modelDigest: String
    package var inputs: [Input]
    /// What fixed the bits of the arithmetic of each worker that took part.
    package var profiles: [String]
    package var counts: Counts
    package var startedAt: Date
    package var finishedAt: Date

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
    package static func read(_ path: String) -> Manifest? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return FileManager.default.contents(atPath: path).flatMap { try? decoder.decode(Manifest.self, from: $0) }
    }
}
