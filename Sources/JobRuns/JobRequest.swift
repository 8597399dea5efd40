package import Coordination
package import Documents
import FoundationEssentials
package import Jobs

/// A job that is handed in: what it says, and who asked.
package struct JobRequest: Sendable {
    package let id: JobID
    package let job: Job
    let rerun: Rerun?
    /// The address of who waits for an answer, in the bytes of whoever answers; `nil`: nobody, as for a job that an
    /// earlier start accepted.
    package private(set) var client: [UInt8]?

    package init(job: Job, client: [UInt8]?, rerun: Rerun? = nil) {
        id = Self.id(of: job)
        self.job = job
        self.client = client
        self.rerun = rerun
    }

    /// A job as the ledger keeps it.
    /// - Throws: `JobRefusal` for one that cannot be read.
    package init(json: String) throws(JobRefusal) {
        let job = try JobRefusal.naming { try JSONDecoder().decode(Job.self, from: Data(json.utf8)) }
        self.init(job: job, client: nil)
    }

    /// The request of somebody who has been answered.
    package var withoutClient: JobRequest {
        var request = self
        request.client = nil
        return request
    }

    /// Opens the job's model and finds all that the job needs before it runs. Takes as long as reading the model's
    /// files, listing the inputs and reading what the job wrote before.
    /// - Parameters:
    ///   - roots: what jobs may read and write.
    ///   - limits: of what reading the inputs may hold.
    /// - Throws: `JobRefusal`.
    package func outcome(
        _ roots: Roots = .everywhere, limits: DocumentReader.Limits = .init()
    ) throws(JobRefusal) -> PreparationOutcome {
        if let problem = roots.problem(of: job) {
            throw JobRefusal(Failure(code: "outside", message: problem), reason: .notAllowed)
        }
        return try JobRefusal.naming {
            let model = try ModelSummary(directory: job.model, for: job.task)
            return try JobPreparation(id, job, model: model, rerun: rerun, roots: roots, limits: limits).outcome()
        }
    }

    /// What a job says, in one form: with its keys in order.
    package static func json(_ job: Job) -> String {
        do {
            return try SortedJSON.text(of: job)
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
