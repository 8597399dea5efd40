import Coordination
import CoordinatorDaemon
import Jobs

/// The job was done, and nothing has changed since.
struct DoneBefore: Error {}

extension JobRun {
    /// Prepares a job and takes it up.
    /// - Throws: `JobRefusal`; ``DoneBefore``.
    convenience init(
        _ id: JobID, _ job: Job, model: ModelSummary, rerun: Rerun? = nil, post: @escaping @Sendable (FeedEvent) -> Void
    ) throws {
        switch try JobPreparation(id, job, model: model, rerun: rerun).outcome() {
        case .ready(let prepared): try self.init(prepared, post: post)
        case .done: throw DoneBefore()
        }
    }
}
