package import Checkpoints
package import Coordination
package import Documents
import FoundationEssentials
import Passes
import Threads

/// Checks snapshots and writes them to the disk, one after the other in the order in which they come, on a thread of
/// its own: a state can be hundreds of megabytes, and heartbeats must go on.
package struct SnapshotWriter: Sendable {
    /// A snapshot on its way to the disk, and what is to be recorded when it is there.
    package struct Job: Sendable {
        package let key: DocumentKey
        /// Of the job's runs.
        let run: Int
        package let lease: LeaseID
        package let point: ResumePoint
        /// Who sent it.
        let sender: WorkerID
        /// What it must be of; `nil`: whatever it is.
        let origin: SnapshotOrigin?
        /// The text that the document's pass is in.
        let text: TextOfDocument
        package let path: String
        package let bytes: FrameBytes

        /// Removes what was written for a job that has ended meanwhile, with the directory that came back for it.
        /// Beside a ledger it stays: the job may go on.
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
        /// It is none of this document at this point: its sender made it up, or is broken.
        case misfit(SnapshotError)
    }

    private let jobs: Mailbox<Job>

    /// - Parameter post: told of each snapshot, on the writer's thread, what became of it.
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

    /// The scheduler caps the bytes that wait here.
    func write(_ job: Job) {
        jobs.post(job)
    }

    func close() {
        jobs.close()
    }
}

/// The text of a document that a pass is in, of the several that the document may be made of.
struct TextOfDocument: Sendable {
    /// Its first token, among those of the document.
    let start: Int
    /// Whether all of it was read.
    let isWhole: Bool
    /// That are made after each text.
    let samples: Int
}

extension SnapshotOrigin {
    /// - Throws: `SnapshotError` when a snapshot is none, or stands elsewhere in its document.
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
        // What comes next is a sample's next token, or the first of a sample after one that has ended.
        if next.made > 0 { return sample == .init(number: next.sample, tokens: next.made, isFinished: false) }
        if next.sample.isMultiple(of: text.samples) { return sample == nil }
        return sample?.number == next.sample - 1 && sample?.isFinished == true
    }
}
