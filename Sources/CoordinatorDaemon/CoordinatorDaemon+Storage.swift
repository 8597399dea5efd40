import Coordination
import JobRuns
import Logging
import Threads

/// The handling of the storage thread's reports.
extension CoordinatorDaemon {
    func handle(_ report: StorageReport) {
        switch report {
        case .accepted(let request, let prepared, let problem):
            accepted(request, prepared, problem: problem)
        case .began(let request, let number, let goesOn, let job):
            began(request, run: number, goesOn: goesOn, job)
        case .forgotten(let request, let status, let problem):
            forgotten(request.id, status, problem: problem)
        case .job(let id, let number, let report):
            if jobs.number(of: id) == number { handle(report, of: id) }
        }
    }

    private func handle(_ report: JobReport, of id: JobID) {
        switch report {
        case .progress(let event, let task):
            jobs.update(id) { $0.note(event, task: task) }
            step(.progress(event))
        case .grant(let grant, let worker, let made):
            jobs.update(id) { $0.granted(grant.document.ordinal, made: made) }
            step(.ready(.lease(grant), grant.lease, worker))
        case .step(let step, let worker):
            self.step(.ready(.step(step), step.lease, worker))
        case .snapshotUnreadable(let key, let lease, let worker, let reason):
            logger.warning("a snapshot cannot be read", metadata: ["document": "\(key)", "reason": "\(reason)"])
            step(.progress(.snapshotRefused(worker, lease)))
        case .snapshotUnwritten(let reason):
            logger.warning("a snapshot cannot be written", metadata: ["reason": "\(reason)"])
        case .misfit(let sender, let problem):
            step(.misfit(sender, problem: problem))
        case .readingWaits(let reason):
            logger.warning("reading inputs waits", metadata: ["job": "\(id)", "reason": "\(reason)"])
        case .status(let status):
            jobs.update(id) { $0.progress = status }
        case .failed(let refused, let status):
            failed(id, refused, status)
        case .finished(let status, let others):
            finished(id, status, others)
        }
    }

    private func failed(_ id: JobID, _ refused: CoordinatorMessage.Refused, _ status: JobStatus) {
        logger.error("a job failed", metadata: ["job": "\(id)", "reason": "\(refused.failure)"])
        jobs.update(id) { $0.progress = status }
        end(id)
        step(.progress(.jobStopped(id)))
        prepareJobs()
    }

    private func finished(_ id: JobID, _ status: JobStatus, _ others: [String]) {
        for name in others {
            logger.warning(
                "a file that longscan did not make stays in the work directory",
                metadata: ["file": "\(JobPaths(output: status.output).work)/\(name)"])
        }
        logger.info(
            "a job is done",
            metadata: [
                "job": "\(id)", "documents": "\(status.documentsDone)", "errors": "\(status.documentsFailed)",
            ])
        jobs.update(id) { $0.progress = status }
        end(id)
        prepareJobs()
    }

    private func end(_ id: JobID) {
        if let status = jobs[id]?.status { jobs.end(id, status) }
    }
}
