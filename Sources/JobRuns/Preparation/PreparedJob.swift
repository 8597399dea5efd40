package import Coordination
import Documents
import Jobs
import Ledger

/// A job that is ready to run: its list of inputs is fixed, and what it wrote before was read and found as it was left.
package struct PreparedJob: Sendable {
    let id: JobID
    let job: Job
    let model: ModelSummary
    let ledger: JobLedger
    let start: OutputStart
    let snapshots: SnapshotBook<OpenDocument.Progress>
    let inputBytes: Int
    /// Files among the inputs that are no documents by their names; `nil` if there are none.
    let passedOver: PassedOver?
    /// Whether an earlier start, or an earlier run, has done a part of it.
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
        // The inputs are fixed; what lies beside them now is only told.
        let passedOver = (try? InputFiles(job.inputs))?.passedOver
        self.passedOver = passedOver.flatMap { $0.files > 0 ? $0 : nil }
        inputBytes = try ledger.inputTotals().bytes
        start = try OutputStart(JobPaths(output: job.output), ledger, setup)
    }

    /// - Throws: `LedgerError`; what is wrong with a record: only a program of another version writes one that cannot
    ///   be read.
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

/// What a job that was handed in comes to.
package enum PreparationOutcome: Sendable {
    /// It was done before, and nothing has changed since.
    case done(JobStatus)
    case ready(PreparedJob)
}
