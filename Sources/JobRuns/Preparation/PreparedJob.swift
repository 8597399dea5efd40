package import Coordination
import Documents
import Jobs
import Ledger

/// A job that is ready to run: its list of inputs is fixed, and its files have been checked.
package struct PreparedJob: Sendable {
    let id: JobID
    let job: Job
    let model: ModelSummary
    let ledger: JobLedger
    let start: OutputStart
    let snapshots: SnapshotBook<OpenDocument.Progress>
    let inputBytes: Int
    /// The files of the inputs whose names are not names of documents; `nil` if there are none.
    let passedOver: PassedOver?
    /// Whether an earlier run has done a part of the job.
    package let goesOn: Bool

    /// - Throws: `FileError`, `LedgerError`; `JobRefusal`.
    init(
        _ id: JobID, _ job: Job, _ model: ModelSummary, _ ledger: JobLedger, _ setup: JobSetup, goesOn: Bool
    ) throws {
        self.id = id
        self.job = job
        self.model = model
        self.ledger = ledger
        self.goesOn = goesOn
        snapshots = try Self.snapshots(in: ledger)
        // The list of inputs is fixed; other files are only reported.
        let passedOver = (try? InputFiles(job.inputs))?.passedOver
        self.passedOver = passedOver.flatMap { $0.files > 0 ? $0 : nil }
        inputBytes = try ledger.inputTotals().bytes
        start = try OutputStart(JobPaths(output: job.output), ledger, setup)
    }

    /// - Throws: `LedgerError`; `DecodingError` for a record that only another version of the program can have written.
    private static func snapshots(in ledger: JobLedger) throws -> SnapshotBook<OpenDocument.Progress> {
        var book = SnapshotBook<OpenDocument.Progress>()
        for record in try ledger.snapshots() {
            let progress = try OpenDocument.Progress(json: record.progress)
            book.take(
                .init(point: record.point, profile: record.profile, tokens: progress.tokens, progress: progress),
                of: record.ordinal)
        }
        return book
    }
}

/// The outcome of preparing a job.
package enum PreparationOutcome: Sendable {
    /// The job was done before, and nothing has changed since.
    case done(JobStatus)
    case ready(PreparedJob)
}
