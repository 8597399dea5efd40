import Coordination
import Documents
import FoundationEssentials
import Jobs

extension OpenDocument {
    /// What was recorded of a document up to a snapshot: with its spools, all that another start of the coordinator
    /// needs.
    package struct Progress: Sendable, Codable, Equatable {
        /// Lengths of the spools.
        var rows = 0
        var logProbabilities = 0
        var likeliest = 0
        var completion: BatchCompletion.Lengths?
        /// `nil` in what an earlier version recorded.
        var digests: Digests?
        /// Bits of the sum, which may be no number.
        var negativeLogLikelihood = UInt64(0)
        var sample = 0
        var made = Made()
        /// Tokens whose results were recorded, read or made.
        package var tokens = 0

        package init() {}

        /// SHA-256 of the spools; `nil` for an empty one.
        struct Digests: Sendable, Codable, Equatable {
            var rows: String?
            var logProbabilities: String?
            var likeliest: String?
        }

        /// The sample that is being made; numbers as bits.
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

    /// What was recorded so far.
    package var progress: Progress {
        var progress = Progress()
        progress.rows = rows.count
        progress.logProbabilities = logProbabilities.count
        progress.likeliest = likeliest.count
        progress.completion = completion?.lengths
        progress.digests = .init(
            rows: rows.digest, logProbabilities: logProbabilities.digest, likeliest: likeliest.digest)
        progress.negativeLogLikelihood = negativeLogLikelihood.bitPattern
        progress.sample = sample.number
        progress.made = Progress.Made(sample.made)
        progress.tokens = tokensRecorded
        return progress
    }

    /// Puts what was recorded so far on the disk.
    /// - Throws: `FileError`.
    package func synchronize() throws {
        try rows.synchronize()
        try logProbabilities.synchronize()
        try likeliest.synchronize()
        try completion?.synchronize()
    }

    /// Forgets what was recorded since: the document goes on from here, or starts again.
    /// - Throws: `FileError`.
    package func restart(from progress: Progress? = nil) throws {
        let progress = progress ?? Progress()
        let digests = progress.digests
        try rows.truncate(to: progress.rows, digest: digests?.rows)
        try logProbabilities.truncate(to: progress.logProbabilities, digest: digests?.logProbabilities)
        try likeliest.truncate(to: progress.likeliest, digest: digests?.likeliest)
        try completion?.restart(from: progress.completion)
        take(progress)
    }

    func take(_ progress: Progress) {
        negativeLogLikelihood = Double(bitPattern: progress.negativeLogLikelihood)
        sample = Sample(number: progress.sample, made: BatchCompletion.Sample(progress.made))
        tokensRecorded = progress.tokens
    }
}

extension OpenDocument.Progress.Made {
    fileprivate init(_ sample: BatchCompletion.Sample) {
        tokens = sample.tokens
        logProbabilities = sample.logProbabilities.map(\.bitPattern)
        topTokens = sample.topTokens
        topLogProbabilities = sample.topLogProbabilities.map(\.bitPattern)
    }
}

extension BatchCompletion.Sample {
    fileprivate init(_ made: OpenDocument.Progress.Made) {
        tokens = made.tokens
        logProbabilities = made.logProbabilities.map(Float.init(bitPattern:))
        topTokens = made.topTokens
        topLogProbabilities = made.topLogProbabilities.map(Float.init(bitPattern:))
    }
}
