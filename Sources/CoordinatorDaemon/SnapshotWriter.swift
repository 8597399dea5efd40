import Coordination
import Documents
import ZeroMQ

/// Writes snapshots to the disk, one after the other in the order in which they come, on a thread of its own: a state can be hundreds of megabytes, and heartbeats must go on.
struct SnapshotWriter: Sendable {
    /// A snapshot on its way to the disk, and what is to be recorded when it is there.
    struct Job: Sendable {
        let key: DocumentKey
        /// Of the job's runs.
        let run: Int
        let lease: LeaseID
        let point: ResumePoint
        let path: String
        let bytes: [UInt8]
    }

    private let jobs: Mailbox<Job>

    /// - Parameter post: told of each snapshot, on the writer's thread, that it is durable or why it is not.
    init(post: @escaping @Sendable (Job, FileError?) -> Void) throws(ZeroMQError) {
        let jobs = try Mailbox<Job>()
        self.jobs = jobs
        _ = try OSThread(name: "snapshots") {
            while let job = jobs.wait() {
                do throws(FileError) {
                    try DurableFile.replace(job.path, with: job.bytes)
                    post(job, nil)
                } catch {
                    post(job, error)
                }
            }
        }
    }

    /// The scheduler caps the bytes that wait here.
    func write(_ job: Job) {
        jobs.post(job)
    }

    func close() {
        jobs.close()
    }
}
