import Coordination
package import JobFile
package import Jobs

/// What a manifest says of its job.
package enum ManifestJob: Sendable, Codable, Equatable {
    /// The job as a job file says it, from which it can be run once more.
    case written(JobFileForm)
    /// The job as ledgers have it: in manifests of earlier versions.
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

    /// Whether this is the same job as one that is handed in now, where the manifest may have an id that an earlier
    /// version gave it.
    func isFormer(_ id: JobID) -> Bool {
        guard case .former(let job) = self else { return false }
        return JobRequest.id(of: job) == id
    }

    /// Whether its rows are those that a job would write for the same documents, by the same model.
    func makesSameRows(as job: Job) -> Bool {
        switch self {
        case .written(let form): form.makesSameRows(as: JobFileForm(job))
        case .former(let former): former.task == job.task && former.dataType == job.dataType
        }
    }
}
