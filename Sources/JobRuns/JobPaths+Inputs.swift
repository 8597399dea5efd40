import Coordination
import Documents
import Jobs

extension JobPaths {
    /// Refuses inputs that include files which the job writes: it would read its own rows as documents.
    /// - Throws: `JobRefusal`, `InputError`.
    func checkApart(from inputs: [Job.Input]) throws {
        let own = [output, errors, ahead, documents, stagedOutput, stagedErrors, stagedDocuments, earlierDocuments]
        for input in inputs {
            for path in own where try input.takes(path) {
                let message =
                    "input \(input.asGiven) takes \(path), which this job writes: put its output somewhere else"
                throw JobRefusal(
                    Failure(code: "output_is_input", message: message), reason: .badData)
            }
        }
    }
}
