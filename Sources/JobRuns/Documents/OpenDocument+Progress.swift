import Coordination
import Documents
import FoundationEssentials
import Jobs

extension OpenDocument {
    /// The progress of a document at a snapshot. A later run resumes from it and the document's spools.
    package struct Progress: Sendable, Codable, Equatable {
        /// The length of the spool of rows.
        var rows = 0
        var logProbabilities = 0
        var likeliest = 0
        var completion: BatchCompletion.Lengths?
        /// The digests of the spools; `nil` in records of an earlier version.
        var digests: Digests?
        /// The bits of the sum of negative log probabilities, which may be NaN.
        var negativeLogLikelihood = UInt64(0)
        var sample = 0
        var made = Made()
        /// The recorded tokens, read or generated.
        package var tokens = 0

        package init() {}

        /// The SHA-256 of each spool; `nil` for an empty one.
        struct Digests: Sendable, Codable, Equatable {
            var rows: String?
            var logProbabilities: String?
            var likeliest: String?
        }

        /// The sample that is being generated. Floating-point numbers are kept as bits.
        struct Made: Sendable, Codable, Equatable {
            var tokens: [Int32] = []
            var logProbabilities: [UInt32] = []
            var topTokens: [Int32] = []
            var topLogProbabilities: [UInt32] = []
        }

        package init(json: String) throws {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
            let counts = [
                rows, logProbabilities, likeliest, completion?.logProbabilities ?? 0, completion?.topTokens ?? 0,
                sample,
                tokens,
            ]
            guard counts.allSatisfy((0...Limits.largestCount).contains) else {
                throw JobRefusal(
                    Failure(code: "ledger", message: "what the ledger has of a document is none: \(counts)"),
                    reason: .inputOutput)
            }
        }

        package func json() throws -> String {
            try SortedJSON.text(of: self)
        }
    }
}
