package import Coordination
package import Documents
package import FoundationEssentials
package import Jobs
import Ledger

/// What made a job's rows: written beside them when the job has ended, with the list of inputs as its last member.
package struct Manifest: Sendable, Codable {
    /// An element of `"inputs"`.
    package struct Input: Sendable, Codable, Equatable {
        package var path: String
        package var bytes: Int
        /// Of the bytes that were read; `nil` for a file that could not be read.
        package var sha256: String?
        /// Seconds since 1970, with nine decimals.
        package var mtime: String?
        package var ctime: String?
    }

    /// A file that the job wrote.
    package struct File: Sendable, Codable, Equatable {
        package var bytes: Int
        package var sha256: String
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
    package var job: ManifestJob
    package var modelDigest: String
    /// `nil` in a manifest that was written when there was one alone.
    package var dataType: Job.DataType?
    package var profiles: [Profile]
    package var counts: Counts
    /// Files among the inputs that are no documents by their names; `nil` if there were none.
    package var passedOver: PassedOver?
    /// The job's files; `nil` in a manifest of an earlier version, and for a file that there is not.
    package var output: File?
    package var errors: File?
    package var documents: File?
    package var startedAt: Date
    package var finishedAt: Date

    enum CodingKeys: String, CodingKey {
        case version, state, job, profiles, counts, output, errors, documents
        case jobID = "job_id"
        case modelDigest = "model_digest"
        case dataType = "dtype"
        case passedOver = "passed_over"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
    }

    /// The line that the list of inputs begins with.
    static let startOfInputs = "  \"inputs\" : ["

    /// - Parameter inputs: what is known of the inputs; too many, perhaps, to be held at once.
    /// - Throws: `FileError`, `LedgerError`.
    func write(to path: String, inputs: JobLedger) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let file = try DurableFile(path: path)
        // All but the brace that closes the object, and the line feed before it.
        try file.append(encoder.encode(self).dropLast(2) + Array((",\n" + Self.startOfInputs).utf8))
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var separator = "\n    "
        try inputs.forEachInput { input in
            let element = Input(
                path: input.path, bytes: input.size, sha256: input.sha256,
                mtime: DecimalTime.text(input.modified), ctime: input.changed.map(DecimalTime.text))
            try file.append(Array(separator.utf8) + encoder.encode(element))
            separator = ",\n    "
        }
        try file.append(Array("\n  ]\n}\n".utf8))
        try file.commit()
    }

    /// - Returns: `nil` if there is no manifest at the path, or none of this program.
    package static func read(_ path: String) -> Manifest? {
        guard let reader = try? ManifestReader.opening(path) else { return nil }
        return reader.manifest
    }
}

/// Times as the manifest has them: a JSON number would lose digits in many a reader.
enum DecimalTime {
    /// - Parameter nanoseconds: since 1970.
    static func text(_ nanoseconds: Int64) -> String {
        let digits = String(nanoseconds.magnitude % 1_000_000_000)
        return (nanoseconds < 0 ? "-" : "") + "\(nanoseconds.magnitude / 1_000_000_000)."
            + String(repeating: "0", count: 9 - digits.count) + digits
    }

    static func nanoseconds(_ text: String) -> Int64? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].count == 9 else { return nil }
        return Int64(parts[0] + parts[1])
    }
}
