import Coordination
import Documents
import FoundationEssentials
import Jobs

extension OpenDocument {
    /// The progress of a document at a snapshot. With the document's spools it is all that a later run needs to go on.
    package struct Progress: Sendable, Codable, Equatable {
        /// The length of the spool of rows; lengths of other spools follow.
        var rows = 0
        var logProbabilities = 0
        var likeliest = 0
        var completion: BatchCompletion.Lengths?
        /// The digests of the spools; `nil` in records of an earlier version.
        var digests: Digests?
        /// The bits of the sum, which may be NaN.
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

    /// The present progress.
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

    /// Synchronises the spools with the disk.
    /// - Throws: `FileError`.
    package func synchronize() throws {
        try rows.synchronize()
        try logProbabilities.synchronize()
        try likeliest.synchronize()
        try completion?.synchronize()
    }

    /// Drops the records since a snapshot, or all of them: the document goes on from there, or starts again.
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
