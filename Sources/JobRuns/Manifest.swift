package import Coordination
package import Documents
package import FoundationEssentials
package import Jobs
import Ledger

/// The manifest of a finished job: what made its rows. Its last member is the list of inputs.
package struct Manifest: Sendable, Codable {
    /// An element of `"inputs"`.
    package struct Input: Sendable, Codable, Equatable {
        package var path: String
        package var bytes: Int
        /// The SHA-256 of the bytes that were read; `nil` for a file that could not be read.
        package var sha256: String?
        /// The time of modification in seconds since 1970, with nine decimals.
        package var mtime: String?
        package var ctime: String?
    }

    /// A file that the job wrote.
    package struct File: Sendable, Codable, Equatable {
        package var bytes: Int
        package var sha256: String
    }

    /// A profile on which documents were computed. Each document was computed on one profile alone.
    package struct Profile: Sendable, Codable, Equatable {
        package var profile: String
        /// The number of documents with rows that were computed on the profile.
        package var documents: Int
    }

    package struct Counts: Sendable, Codable {
        package var documents: Int
        package var errors: Int
        /// The tokens of these documents that have rows.
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
    /// The data type; `nil` in a manifest of a version that had only one.
    package var dataType: Job.DataType?
    package var profiles: [Profile]
    package var counts: Counts
    /// The files of the inputs whose names are not names of documents; `nil` if there are none.
    package var passedOver: PassedOver?
    /// The output; the other files follow. `nil` in a manifest of an earlier version, and for a file that does not
    /// exist.
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

    /// The first line of the list of inputs.
    static let startOfInputs = "  \"inputs\" : ["

    /// - Parameter inputs: the ledger with the inputs. They may be too many to be held in memory.
    /// - Throws: `FileError`, `LedgerError`.
    func write(to path: String, inputs: JobLedger) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        let file = try DurableFile(path: path)
        // The closing brace and the line feed before it are left off.
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

    /// - Returns: `nil` if there is no manifest of this program at the path.
    package static func read(_ path: String) -> Manifest? {
        guard let reader = try? ManifestReader.opening(path) else { return nil }
        return reader.manifest
    }
}

/// The form of times in a manifest: as JSON numbers they would lose digits in many readers.
enum DecimalTime {
    /// - Parameter nanoseconds: the time since 1970.
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
