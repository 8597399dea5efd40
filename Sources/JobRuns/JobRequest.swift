package import Coordination
package import Documents
import FoundationEssentials
package import Jobs

/// A request to do a job, and the client that sent it.
package struct JobRequest: Sendable {
    package let id: JobID
    package let job: Job
    let rerun: Rerun?
    /// The address of the client that waits for an answer; `nil` if nobody waits, as for a job that an earlier start
    /// accepted.
    package private(set) var client: [UInt8]?

    package init(job: Job, client: [UInt8]?, rerun: Rerun? = nil) {
        id = Self.id(of: job)
        self.job = job
        self.client = client
        self.rerun = rerun
    }

    /// A request from the ledger's form of a job.
    /// - Throws: `JobRefusal` if the job cannot be read.
    package init(json: String) throws(JobRefusal) {
        let job = try JobRefusal.naming { try JSONDecoder().decode(Job.self, from: Data(json.utf8)) }
        self.init(job: job, client: nil)
    }

    /// The request after its client has been answered.
    package var withoutClient: JobRequest {
        var request = self
        request.client = nil
        return request
    }

    /// Opens the job's model and prepares the job to run. This takes as long as to read the model's files, to list the
    /// inputs and to read what the job wrote before.
    /// - Parameters:
    ///   - roots: the directories that jobs may read and write.
    ///   - limits: the memory limits for reading the inputs.
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

    /// A job as JSON in its one canonical form, with sorted keys.
    package static func json(_ job: Job) -> String {
        do {
            return try SortedJSON.text(of: job)
        } catch {
            // A job has finite numbers, strings and integers, so an error here is a mistake in this program.
            preconditionFailure("a job does not encode: \(error)")
        }
    }

    /// The id of a job: the SHA-256 of its content, without the chunk size and the error limit, which change no row.
    package static func id(of job: Job) -> JobID {
        var job = job
        job.chunkTokens = Self.defaultChunkTokens
        job.errorLimit = .none
        return formerID(of: job)
    }

    /// The id that the job had in version 0.1.0: the SHA-256 of its whole content.
    static func formerID(of job: Job) -> JobID {
        JobID(sha256(Array(json(job).utf8)))
    }

    /// The chunk size that every id is computed with. It never changes: jobs of this size keep their old id.
    private static let defaultChunkTokens = 2048
}
