import Coordination
import Documents
import FoundationEssentials
import Jobs
import Ledger

/// The setup of a job's files, as its ledger keeps it.
struct JobSetup: Sendable, Codable, Equatable {
    /// The chunk size of the steps that snapshots count.
    var chunkTokens: Int
    /// The largest zstd window with which the inputs are read. With another limit, documents after a file with a large
    /// window would have other ordinals. `nil` in a job that an earlier version began.
    var windowBytes: Int?
    /// Whether rows are written in the work directory until the job ends, because the output of an earlier run stays in
    /// its place.
    var isStaged = false
    /// Whether the job has made the output and the errors file. Before, such files may belong to somebody else.
    var hasOutput = false
    var hasErrors = false
    /// Whether all rows have their lines in the file of documents' records. In a job that an earlier version began they
    /// do not.
    var hasRecords = true
    /// The source of the rows that an update takes over.
    var source: Source?
    /// Whether the preparation of the update has ended.
    var isPrepared = true
    /// Whether all rows are written, and the files get their final names.
    var isPublishing = false
    /// The files of an earlier run that the job's files will replace.
    var replaced = Replaced()

    struct Replaced: Sendable, Codable, Equatable {
        var output: FileState?
        var errors: FileState?
        var documents: FileState?
        var manifest: FileState?
    }

    /// The rows of an earlier run, and the records of their documents.
    struct Source: Sendable, Codable, Equatable {
        var documents: String
        var documentsLength: Int
        var outputLength: Int
        /// The digest of the model that computed the rows.
        var model: String
        /// The names of profiles, by number.
        var profiles: [String]
    }

    init(chunkTokens: Int, windowBytes: Int = DocumentReader.Limits().windowBytes) {
        self.chunkTokens = chunkTokens
        self.windowBytes = windowBytes
    }

    /// The limits with which the job's inputs are read, made from the present limits.
    func limits(_ limits: DocumentReader.Limits) -> DocumentReader.Limits {
        var limits = limits
        if let windowBytes { limits.windowBytes = windowBytes }
        return limits
    }

    /// - Throws: `JobRefusal` if the limits allow less now than when the job began.
    func checkWindow(within limits: DocumentReader.Limits) throws(JobRefusal) {
        let window = self.limits(limits).windowBytes
        guard window > limits.windowBytes else { return }
        let (former, present) = (Self.option(window), Self.option(limits.windowBytes))
        let message =
            "the job began with --memory \(former), and \(present) would find other documents: say --memory \(former) "
            + "again, or --again to do everything anew"
        throw JobRefusal(Failure(code: "memory", message: message), reason: .badData)
    }

    /// A number of bytes in the form of `--memory`, exact to the byte.
    private static func option(_ bytes: Int) -> String {
        bytes.isMultiple(of: 1 << 20) ? "\(bytes >> 20)M" : "\(bytes)"
    }

    /// - Throws: `LedgerError`; `DecodingError` for a setup of another version.
    init?(_ ledger: JobLedger) throws {
        guard let json = try ledger.setup() else { return nil }
        self = try JSONDecoder().decode(JobSetup.self, from: Data(json.utf8))
    }

    /// - Throws: `LedgerError`.
    func remember(in ledger: JobLedger) throws {
        try ledger.remember(setup: SortedJSON.text(of: self))
    }
}
