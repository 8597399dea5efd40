import Coordination
import Documents
import JobRuns
import Jobs
import TestSupport
import Testing
import Threads

/// A job over documents of tokens, which scores them unless a test says otherwise, as a start of the coordinator runs
/// it. Dropping it is a crash.
final class StartedJob {
    private struct FeedIsSilent: Error {}

    static let id = JobID("0123456789abcdef")

    let run: JobRun
    let paths: JobPaths
    private let events: Mailbox<FeedEvent>
    /// Snapshots that are to be written.
    private let snapshots: Mailbox<SnapshotWriter.Job>

    init(
        in directory: TemporaryDirectory, input: String = "in.jsonl", errorLimit: Job.ErrorLimit = .none,
        task: Job.Task = .score(ScoreOptions()), model: ModelSummary = DemoModel.ofTokens, rerun: Rerun? = nil,
        chunkTokens: Int = 256
    ) throws {
        let events = try Mailbox<FeedEvent>()
        self.events = events
        let snapshots = try Mailbox<SnapshotWriter.Job>()
        self.snapshots = snapshots
        var job = Self.job(in: directory, input: input, errorLimit: errorLimit)
        job.task = task
        job.chunkTokens = chunkTokens
        paths = JobPaths(output: job.output)
        run = try JobRun(Self.id, job, model: model, rerun: rerun, writeSnapshot: { snapshots.post($0) }) {
            events.post($0)
        }
    }

    deinit {
        run.stop(.init(failure: Failure(code: "over", message: "the test is over"), reason: .failed))
    }

    static func job(
        in directory: TemporaryDirectory, input: String = "in.jsonl", errorLimit: Job.ErrorLimit = .none
    ) -> Job {
        Job(
            task: .score(ScoreOptions()), model: "/model", inputs: [directory.input(input)],
            output: directory.path + "/rows.jsonl", chunkTokens: 256, errorLimit: errorLimit)
    }

    /// Lets the feed open documents and takes what it says until it has read so many, or everything.
    @discardableResult
    func read(_ count: Int = .max) throws -> [SchedulerEvent] {
        var left = count
        run.openDocuments(min(count, 1_000_000))
        return try take { event in
            switch event {
            case .batch(_, let batch): left -= batch.isLast ? 1 : 0
            case .abandoned, .rejected: left -= 1
            case .exhausted, .failed: left = 0
            case .opened, .waiting: break
            }
            return left == 0
        }
    }

    /// Lets the feed open one document and takes what it says up to an event.
    func read(until isEnough: (FeedEvent) -> Bool) throws {
        run.openDocuments(1)
        _ = try take(until: isEnough)
    }

    private func take(until isEnough: (FeedEvent) -> Bool) throws -> [SchedulerEvent] {
        var said: [SchedulerEvent] = []
        while let event = events.wait(timeout: patience) {
            try run.handle(event)
            said += news()
            if isEnough(event) { return said }
        }
        throw FeedIsSilent()
    }

    /// What the coordinator was told since it was asked last.
    func news() -> [SchedulerEvent] {
        run.takeReports().compactMap { if case .progress(let event, _) = $0 { event } else { nil } }
    }

    /// Lets a snapshot come with a document's last result.
    /// - Returns: what is to be written.
    func keepSnapshot(_ ordinal: Int, _ lease: LeaseID, _ point: ResumePoint, _ bytes: [UInt8]) throws
        -> SnapshotWriter.Job
    {
        try run.keepSnapshot(ordinal, .init(lease: lease, point: point, sender: WorkerID(1), bytes: FrameBytes(bytes)))
        return try #require(snapshots.drain().first)
    }

    /// Does what a worker's result of a document's only step brings about.
    /// - Parameter tokens: that the step read.
    func complete(_ ordinals: Int..., tokens: Int = 1) throws {
        for ordinal in ordinals {
            try run.record(StepOutput(negativeLogLikelihood: Double(ordinal)), of: ordinal, tokensRead: tokens)
            try run.complete(ordinal)
        }
    }
}
