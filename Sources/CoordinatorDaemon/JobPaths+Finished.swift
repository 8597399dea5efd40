package import Coordination
import Documents
import FoundationEssentials
package import Jobs

extension JobPaths {
    /// How the job ended, if the manifest beside the output says that this very job is done.
    ///
    /// - Returns: `nil` when there is work to do.
    /// - Throws: `JobRefusal` when the output is another job's, which nobody asked to overwrite.
    package func finishedStatus(_ id: JobID, _ job: Job) throws(JobRefusal) -> JobStatus? {
        if let manifest = Manifest.read(self.manifest), manifest.jobID == id, exists(output) {
            // A crash may have come between the manifest and this.
            removeTree(work)
            var status = JobStatus(
                id: id, task: job.task.name, output: output, state: manifest.state, inputBytesTotal: 0)
            status.documentsDone = manifest.counts.documents
            status.documentsFailed = manifest.counts.errors
            status.documentsTotal = manifest.counts.documents + manifest.counts.errors
            return status
        }
        // A ledger is made before the files that it knows. A work directory alone, without one, vouches for nothing.
        for path in [output, errors] where !exists(ledger) && exists(path) {
            let message = "\(path) exists and is not of this job: choose another output, or remove it"
            throw JobRefusal(
                Failure(code: "output_exists", message: message), exitStatus: ExitStatus.cannotCreateOutput)
        }
        return nil
    }

    /// Refuses inputs among which the job would find its own rows, and read them as documents.
    /// - Throws: `JobRefusal`, `InputError`.
    func checkApart(from inputs: [Job.Input]) throws {
        for input in inputs {
            for path in [output, errors, ahead] where try input.takes(path) {
                let message =
                    "input \(input.asGiven) takes \(path), which this job writes: put its output somewhere else"
                throw JobRefusal(
                    Failure(code: "output_is_input", message: message), exitStatus: ExitStatus.badData)
            }
        }
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: path)
    }
}

/// Removes a directory with everything in it, if it is there. What cannot be removed is left: it is in nobody's way.
func removeTree(_ path: String) {
    try? FileManager.default.removeItem(atPath: path)
}
