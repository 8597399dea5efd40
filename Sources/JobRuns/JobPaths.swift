/// The paths of a job's files, all named after its output.
public struct JobPaths: Sendable {
    /// The file of rows: `out/rows.jsonl`.
    public let output: String
    /// The errors file, created with the first error row: `out/rows.errors.jsonl`.
    public let errors: String
    /// The file of documents' records, written when the job has ended: `out/rows.documents`.
    public let documents: String
    /// The manifest, written when the job has ended: `out/rows.manifest.json`.
    public let manifest: String
    /// The work directory, which a job needs to go on after a crash. It is removed when the job has ended:
    /// `out/rows.work`.
    public let work: String

    /// - Parameter output: the path of the output, which ends in `.jsonl`.
    public init(output: String) {
        let stem = output.hasSuffix(".jsonl") ? String(output.dropLast(6)) : output
        self.output = output
        errors = stem + ".errors.jsonl"
        documents = stem + ".documents"
        manifest = stem + ".manifest.json"
        work = stem + ".work"
    }

    /// The name of the ledger, a SQLite database.
    package static let ledgerName = "ledger.sqlite"
    package var ledger: String { work + "/" + Self.ledgerName }
    /// The file of rows ahead.
    package var ahead: String { work + "/ahead.jsonl" }

    /// The output while the job runs, if the output of an earlier run stays in its place.
    package var stagedOutput: String { work + "/rows.jsonl" }
    package var stagedErrors: String { work + "/errors.jsonl" }
    /// The file of documents' records while the job runs.
    package var stagedDocuments: String { work + "/documents.jsonl" }
    package var stagedManifest: String { work + "/manifest.json" }
    /// The records of the documents that an unfinished job had done, for an update that uses them.
    package var earlierDocuments: String { work + "/earlier.jsonl" }

    /// The path of a spool of one open document.
    package func spool(_ ordinal: Int, _ what: String) -> String { work + "/document-\(ordinal).\(what)" }

    /// The path of a snapshot of an open document after so many steps.
    package func snapshot(_ ordinal: Int, steps: Int) -> String {
        spool(ordinal, "snapshot-\(steps).safetensors")
    }

    /// The document to which a file of the work directory belongs.
    static func ordinal(ofFile name: String) -> Int? {
        guard name.hasPrefix("document-") else { return nil }
        return Int(name.dropFirst("document-".count).prefix { $0 != "." })
    }
}
