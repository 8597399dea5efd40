package import Coordination
import Crypto
import FoundationEssentials
package import Jobs
package import ZeroMQ

/// A job on its way to being accepted: what it says, who asked, and its model once that is open.
package struct JobRequest: Sendable {
    /// Who waits for an answer; nobody for a job that an earlier start accepted.
    let client: Frame?
    private var state: Result<(JobID, Job, ModelSummary?), JobRefusal>

    package init(job: Job, client: Frame) {
        self.client = client
        state = .success((Self.id(of: job), job, nil))
    }

    /// A job as the ledger keeps it.
    package init(json: String) {
        client = nil
        state = Result { try JSONDecoder().decode(Job.self, from: Data(json.utf8)) }
            .mapError { JobRefusal($0) }
            .map { (Self.id(of: $0), $0, nil) }
    }

    /// The request with its model open, or refused. Takes as long as reading the model's files once.
    package func prepared() -> JobRequest {
        var request = self
        request.state = state.flatMap { id, job, _ in
            Result { try ModelSummary(directory: job.model) }
                .mapError { JobRefusal($0) }
                .map { (id, job, $0) }
        }
        return request
    }

    package func result() throws(JobRefusal) -> (JobID, Job, ModelSummary) {
        let (id, job, model) = try state.get()
        guard let model else { preconditionFailure("a request is prepared before it is admitted") }
        return (id, job, model)
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

    package static func id(of job: Job) -> JobID {
        let digest = SHA256.hash(data: Data(json(job).utf8))
        return JobID(digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined())
    }
}
