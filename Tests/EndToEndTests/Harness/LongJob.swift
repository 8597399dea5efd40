import Foundation
import TestSupport

/// A job that takes long enough for things to happen to it, and the rows that it has when nothing does.
enum LongJob {
    static let tokenCounts = (0..<32).map { 400 + $0 * 97 % 400 }

    /// Writes `job.yaml` and what it needs.
    static func write(to directory: TemporaryDirectory, model: String = Longscan.books) throws {
        try directory.write(Documents.lines(tokenCounts: tokenCounts, seed: 9), to: "documents.jsonl")
        try directory.writeJob("score", model: model, options: "score: {per: token}\nchunk_tokens: 512")
    }

    /// The output of a run that nothing disturbed.
    static func rows() throws -> [UInt8] { try undisturbed.get().rows }

    private static let undisturbed = Result { try UndisturbedRun { try write(to: $0) } }
}
