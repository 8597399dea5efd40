package import Checkpoints
package import Coordination
package import Documents
import FoundationEssentials
import Passes
import Threads

/// The writer of snapshots. It checks them and writes them to the disk, in the order in which they come, on a thread of
/// its own: a snapshot can have hundreds of megabytes, and heartbeats must go on.
package struct SnapshotWriter: Sendable {
    /// A snapshot to write, and what is to be recorded when it is on the disk.
    package struct Job: Sendable {
        package let key: DocumentKey
        /// The number of the job's run.
        let run: Int
        package let lease: LeaseID
        package let point: ResumePoint
        /// The worker that sent the snapshot.
        let sender: WorkerID
        /// The origin that the snapshot must have; `nil`: any.
        let origin: SnapshotOrigin?
        /// The text that the document's pass has reached.
        let text: TextOfDocument
        package let path: String
        package let bytes: FrameBytes

        /// Removes the snapshot if its job has ended meanwhile, and the directory that was made again for it. Beside a
        /// ledger the snapshot stays: the job may go on.
        func removeIfOver() {
            let directory = parentDirectory(of: path)
            guard !FileManager.default.fileExists(atPath: directory + "/" + JobPaths.ledgerName) else { return }
            try? FileManager.default.removeItem(atPath: path)
            removeDirectoryIfEmpty(directory)
        }
    }

    package enum Outcome: Sendable {
        case written
        case failed(FileError)
        /// The snapshot does not fit the document at this point: its sender is broken or made it up.
        case misfit(SnapshotError)
    }

    private let jobs: Mailbox<Job>

    /// - Parameter post: takes the outcome of each snapshot, on the writer's thread.
    init(post: @escaping @Sendable (Job, Outcome) -> Void) throws(ThreadError) {
        let jobs = try Mailbox<Job>()
        self.jobs = jobs
        _ = try OSThread(name: "snapshots") {
            while let job = jobs.wait() { post(job, Self.outcome(of: job)) }
        }
    }

    private static func outcome(of job: Job) -> Outcome {
        let bytes = job.bytes.bytes
        do throws(SnapshotError) {
            try job.origin?.check(bytes, at: job.point, in: job.text)
        } catch {
            return .misfit(error)
        }
        do throws(FileError) {
            try DurableFile.replace(job.path, with: bytes)
            return .written
        } catch {
            return .failed(error)
        }
    }

    /// Adds a snapshot to the queue. The scheduler limits the bytes that wait here.
    func write(_ job: Job) {
        jobs.post(job)
    }

    func close() {
        jobs.close()
    }
}

/// The text that a document's pass has reached. A document may have several texts.
struct TextOfDocument: Sendable {
    /// The place in the document of the text's first token.
    let start: Int
    /// Whether the whole text was read.
    let isWhole: Bool
    /// The number of samples after each text.
    let samples: Int
}

extension SnapshotOrigin {
    /// - Throws: `SnapshotError` if the bytes are no snapshot, or belong to another point of the document.
    func check(_ snapshot: [UInt8], at point: ResumePoint, in text: TextOfDocument) throws(SnapshotError) {
        let position = try position(of: snapshot)
        guard position.isAt(point, in: text) else {
            throw SnapshotError.malformed(reason: "it stands after \(position.words), where \(point.words) belong")
        }
    }
}

extension ResumePoint {
    fileprivate var words: String {
        "\(tokens) tokens" + (generating.map { " and \($0.made) of sample \($0.sample)" } ?? "")
    }
}

extension SnapshotOrigin.Position {
    fileprivate var words: String {
        "\(tokens) tokens"
            + (sample.map { " and \($0.tokens) of sample \($0.number)" } ?? (isComplete ? ", the last" : ""))
    }

    func isAt(_ point: ResumePoint, in text: TextOfDocument) -> Bool {
        // A pass counts tokens from the start of its text, and samples over all texts.
        guard tokens == point.tokens - text.start, isComplete == text.isWhole else { return false }
        guard let next = point.generating else { return sample?.isFinished ?? true }
        guard isComplete else { return false }
        // The next token is the next one of a sample, or the first one of the sample after it.
        if next.made > 0 { return sample == .init(number: next.sample, tokens: next.made, isFinished: false) }
        if next.sample.isMultiple(of: text.samples) { return sample == nil }
        return sample?.number == next.sample - 1 && sample?.isFinished == true
    }
}
