import Coordination
package import JobFile
package import Jobs

/// The job in a manifest.
package enum ManifestJob: Sendable, Codable, Equatable {
    /// The job as a job file describes it, from which it can be run again.
    case written(JobFileForm)
    /// The job in the form of ledgers, in manifests of earlier versions.
    case former(Job)

    package init(_ job: Job) {
        self = .written(JobFileForm(job))
    }

    package init(from decoder: any Decoder) throws {
        if let form = try? JobFileForm(from: decoder) {
            self = .written(form)
        } else {
            self = .former(try Job(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .written(let form): try form.encode(to: encoder)
        case .former(let job): try job.encode(to: encoder)
        }
    }

    /// Whether this is the job with the given id. The manifest may have the id that an earlier version gave it.
    func isFormer(_ id: JobID) -> Bool {
        guard case .former(let job) = self else { return false }
        return JobRequest.id(of: job) == id
    }

    /// Whether a job would write the same rows for the same documents with the same model.
    func makesSameRows(as job: Job) -> Bool {
        switch self {
        case .written(let form): form.makesSameRows(as: JobFileForm(job))
        case .former(let former): former.task == job.task && former.dataType == job.dataType
        }
    }
}
