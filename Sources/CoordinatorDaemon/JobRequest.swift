package import Coordination
import Documents
import FoundationEssentials
package import Jobs
package import ZeroMQ

/// A job on its way to being accepted: what it says, who asked, and what it comes to once that is known.
package struct JobRequest: Sendable {
    /// Who waits for an answer; nobody for a job that an earlier start accepted.
    let client: Frame?
    /// What was handed in, whatever becomes of it; `nil` for a job that cannot be read.
    let job: (id: JobID, job: Job)?
    private let rerun: Rerun?
    private var state: Result<(JobID, Job, PreparationOutcome?), JobRefusal>

    package init(job: Job, client: Frame, rerun: Rerun? = nil) {
        self.client = client
        self.rerun = rerun
        self.job = (Self.id(of: job), job)
        state = .success((Self.id(of: job), job, nil))
    }

    /// A job as the ledger keeps it.
    package init(json: String) {
        client = nil
        rerun = nil
        state = Result { try JSONDecoder().decode(Job.self, from: Data(json.utf8)) }
            .mapError { JobRefusal($0) }
            .map { (Self.id(of: $0), $0, nil) }
        job = (try? state.get()).map { ($0.0, $0.1) }
    }

    /// The request with its model open and all that a job needs before it runs, or refused. Takes as long as reading
    /// the model's files, listing the inputs and reading what the job wrote before.
    package func prepared() -> JobRequest {
        var request = self
        request.state = state.flatMap { id, job, _ in
            Result {
                let model = try ModelSummary(directory: job.model, for: job.task)
                return (id, job, try JobPreparation(id, job, model: model, rerun: rerun).outcome())
            }
            .mapError { JobRefusal($0) }
        }
        return request
    }

    package func result() throws(JobRefusal) -> (JobID, Job, PreparationOutcome) {
        let (id, job, outcome) = try state.get()
        guard let outcome else { preconditionFailure("a request is prepared before it is admitted") }
        return (id, job, outcome)
    }

    /// What a job says, in one form: with its keys in order.
    package static func json(_ job: Job) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(job), as: UTF8.self)
        } catch {
            // Its numbers are finite and all else are strings and integers; that it encodes is ours to ensure.
            preconditionFailure("a job does not encode: \(error)")
        }
    }

    /// SHA-256 of what the job says, but for what changes no result: the size of chunks, and how many error rows stop
    /// it.
    package static func id(of job: Job) -> JobID {
        var job = job
        job.chunkTokens = Self.defaultChunkTokens
        job.errorLimit = .none
        return formerID(of: job)
    }

    /// The id that the job had in version 0.1.0: SHA-256 of all that it says.
    static func formerID(of job: Job) -> JobID {
        JobID(sha256(Array(json(job).utf8)))
    }

    /// Stays what it is: jobs of this size have the id that they had before.
    private static let defaultChunkTokens = 2048
}
