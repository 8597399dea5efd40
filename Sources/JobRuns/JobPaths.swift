/// The files of a job, all named after its output.
public struct JobPaths: Sendable {
    /// Rows of documents that were done: `out/rows.jsonl`.
    public let output: String
    /// Rows of documents that could not be done: `out/rows.errors.jsonl`; made with the first of them.
    public let errors: String
    /// What the rows' documents were, written when the job has ended: `out/rows.documents`.
    public let documents: String
    /// What made the rows, written when the job has ended: `out/rows.manifest.json`.
    public let manifest: String
    /// What the job needs to go on after a crash, gone when the job has ended: `out/rows.work`.
    public let work: String

    /// - Parameter output: ends in `.jsonl`.
    public init(output: String) {
        let stem = output.hasSuffix(".jsonl") ? String(output.dropLast(6)) : output
        self.output = output
        errors = stem + ".errors.jsonl"
        documents = stem + ".documents"
        manifest = stem + ".manifest.json"
        work = stem + ".work"
    }

    /// SQLite.
    package static let ledgerName = "ledger.sqlite"
    package var ledger: String { work + "/" + Self.ledgerName }
    /// Rows of documents that finished before their turn.
    package var ahead: String { work + "/ahead.jsonl" }

    /// Where rows grow while the output of an earlier run stays in its place.
    package var stagedOutput: String { work + "/rows.jsonl" }
    package var stagedErrors: String { work + "/errors.jsonl" }
    /// Where the last two files grow until the job ends.
    package var stagedDocuments: String { work + "/documents.jsonl" }
    package var stagedManifest: String { work + "/manifest.json" }
    /// What the documents were whose rows an unfinished job has, while an update goes by them.
    package var earlierDocuments: String { work + "/earlier.jsonl" }

    /// A file for one open document.
    package func spool(_ ordinal: Int, _ what: String) -> String { work + "/document-\(ordinal).\(what)" }

    /// The state of an open document after so many steps.
    package func snapshot(_ ordinal: Int, steps: Int) -> String {
        spool(ordinal, "snapshot-\(steps).safetensors")
    }

    /// The document that a file of the work directory belongs to.
    static func ordinal(ofFile name: String) -> Int? {
        guard name.hasPrefix("document-") else { return nil }
        return Int(name.dropFirst("document-".count).prefix { $0 != "." })
    }
}
