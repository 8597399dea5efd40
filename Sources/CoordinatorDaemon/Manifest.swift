package import Coordination
import Documents
package import FoundationEssentials
package import Jobs
import Ledger

/// What made a job's rows: written beside them when the job has ended, with the list of inputs as its last member.
package struct Manifest: Sendable, Codable {
    /// An element of `"inputs"`.
    private struct Input: Encodable {
        var path: String
        var bytes: Int
        var sha256: String
    }

    /// What fixed the bits of the arithmetic for some of the documents, each computed on one profile alone.
    package struct Profile: Sendable, Codable, Equatable {
        package var profile: String
        /// That have rows and were computed on it.
        package var documents: Int
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
    /// `nil` in a manifest that was written when there was one alone.
    package var dataType: Job.DataType?
    package var profiles: [Profile]
    package var counts: Counts
    package var startedAt: Date
    package var finishedAt: Date

    enum CodingKeys: String, CodingKey {
        case version, state, job, profiles, counts
        case jobID = "job_id"
        case modelDigest = "model_digest"
        case dataType = "dtype"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// - Parameter inputs: what is known of the inputs; too many, perhaps, to be held at once. One that could not be
    ///   read is left out.
    /// - Throws: `FileError`, `LedgerError`.
    func write(to path: String, inputs: JobLedger) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let file = try DurableFile(path: path)
        // All but the brace that closes the object, and the line feed before it.
        try file.append(encoder.encode(self).dropLast(2) + Array(",\n  \"inputs\" : [".utf8))
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var separator = "\n    "
        try inputs.forEachInput { input, sha256 in
            guard let sha256 else { return }
            let element = Input(path: input.path, bytes: input.size, sha256: sha256)
            try file.append(Array(separator.utf8) + encoder.encode(element))
            separator = ",\n    "
        }
        try file.append(Array("\n  ]\n}\n".utf8))
        try file.commit()
    }

    /// - Returns: `nil` if there is no manifest at the path, or none of this program.
    package static func read(_ path: String) -> Manifest? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return FileManager.default.contents(atPath: path).flatMap { try? decoder.decode(Manifest.self, from: $0) }
    }
}
