import Coordination
import Documents
import FoundationEssentials
import Jobs
import Ledger

/// How a job goes about its files, as its ledger keeps it.
struct JobSetup: Sendable, Codable, Equatable {
    /// Of the steps that snapshots count.
    var chunkTokens: Int
    /// The largest window of a zstd frame that the inputs are read with: documents behind one that is too large would
    /// have other places. `nil` in a job that an earlier version began.
    var windowBytes: Int?
    /// Whether rows grow in the work directory until the job ends: the output of an earlier run stays in its place.
    var isStaged = false
    /// Whether the output, and the errors file, were made: before, they may be somebody else's.
    var hasOutput = false
    var hasErrors = false
    /// Whether all rows have their lines in the file of documents: not in a job that an earlier version began.
    var hasRecords = true
    /// The rows that an update takes over.
    var source: Source?
    /// Whether the update was prepared to its end.
    var isPrepared = true
    /// Whether all is written, and the files are given their names.
    var isPublishing = false
    /// Files of an earlier run, whose places the job's take.
    var replaced = Replaced()

    struct Replaced: Sendable, Codable, Equatable {
        var output: FileState?
        var errors: FileState?
        var documents: FileState?
        var manifest: FileState?
    }

    /// Rows of an earlier run, and what their documents were.
    struct Source: Sendable, Codable, Equatable {
        var documents: String
        var documentsLength: Int
        var outputLength: Int
        /// Digest of the model that computed them.
        var model: String
        /// Names of profiles, by number.
        var profiles: [String]
    }

    init(chunkTokens: Int, windowBytes: Int = DocumentReader.Limits().windowBytes) {
        self.chunkTokens = chunkTokens
        self.windowBytes = windowBytes
    }

    /// The limits with which the job's inputs are read, of those that reading has now.
    func limits(_ limits: DocumentReader.Limits) -> DocumentReader.Limits {
        var limits = limits
        if let windowBytes { limits.windowBytes = windowBytes }
        return limits
    }

    /// - Throws: `JobRefusal` where the inputs may hold less now than when the job began.
    func checkWindow(within limits: DocumentReader.Limits) throws(JobRefusal) {
        let window = self.limits(limits).windowBytes
        guard window > limits.windowBytes else { return }
        let (former, present) = (Self.option(window), Self.option(limits.windowBytes))
        let message =
            "the job began with --memory \(former), and \(present) would find other documents: say --memory \(former) "
            + "again, or --again to do everything anew"
        throw JobRefusal(Failure(code: "memory", message: message), reason: .badData)
    }

    /// A number of bytes as `--memory` takes it, to the byte.
    private static func option(_ bytes: Int) -> String {
        bytes.isMultiple(of: 1 << 20) ? "\(bytes >> 20)M" : "\(bytes)"
    }

    /// - Throws: `LedgerError`; what is wrong with a setup of another version.
    init?(_ ledger: JobLedger) throws {
        guard let json = try ledger.setup() else { return nil }
        self = try JSONDecoder().decode(JobSetup.self, from: Data(json.utf8))
    }

    /// - Throws: `LedgerError`.
    func remember(in ledger: JobLedger) throws {
        try ledger.remember(setup: SortedJSON.text(of: self))
    }
}
