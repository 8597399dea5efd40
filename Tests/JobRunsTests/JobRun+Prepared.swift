import Coordination
import JobRuns
import Jobs
import Testing

/// The job was done, and nothing has changed since.
struct DoneBefore: Error {}

extension JobRun {
    /// Prepares a job and takes it up.
    /// - Throws: `JobRefusal`; ``DoneBefore``.
    convenience init(
        _ id: JobID, _ job: Job, model: ModelSummary, rerun: Rerun? = nil,
        writeSnapshot: @escaping (SnapshotWriter.Job) -> Void = { _ in }, post: @escaping @Sendable (FeedEvent) -> Void
    ) throws {
        switch try JobPreparation(id, job, model: model, rerun: rerun).outcome() {
        case .ready(let prepared):
            try self.init(prepared, clock: { Instant() }, writeSnapshot: writeSnapshot, post: post)
        case .done: throw DoneBefore()
        }
    }

    /// Ends the job, whose documents have all ended.
    /// - Returns: names of files in the work directory that are not longscan's.
    @discardableResult
    func finish() throws -> [String] {
        try end()
        while hasMoreToMove { try goOn() }
        return try #require(leftBehind)
    }
}
