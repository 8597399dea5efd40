/// The messages of the coordinator to workers and clients.
public enum CoordinatorMessage: Sendable, Equatable {
    case welcome
    /// The worker is not known and must say hello.
    case rejoin
    case heartbeat
    case lease(LeaseGrant)
    case step(Step)
    /// The lease is over. Later results of it change nothing.
    case release(LeaseID)
    case accepted(JobID, Acceptance = .begins)
    case status(ClusterStatus)
    /// A message was refused.
    case refused(Refused)

    /// The way in which a submitted job goes on.
    public enum Acceptance: String, Sendable, Codable {
        case begins
        /// The job goes on: a part of it was done before.
        case goesOn = "goes_on"
        /// The job was submitted before and runs.
        case runs
        /// The limit of running jobs is reached: the job begins when others have ended.
        case waits
        /// The job was done before.
        case doneBefore = "done_before"
    }

    public struct Refused: Sendable, Equatable, Codable {
        public var failure: Failure
        public var reason: RefusalReason

        public init(failure: Failure, reason: RefusalReason) {
            self.failure = failure
            self.reason = reason
        }
    }
}

/// The status of jobs and workers.
public struct ClusterStatus: Sendable, Equatable, Codable {
    public var jobs: [JobStatus]
    public var workers: [WorkerStatus]
    /// The counts of refused messages and connections since the coordinator started, by reason; `nil` if there were
    /// none.
    public var refused: [String: Int]?

    public init(jobs: [JobStatus], workers: [WorkerStatus], refused: [String: Int]? = nil) {
        self.refused = refused
        self.jobs = jobs
        self.workers = workers
    }
}

public struct WorkerStatus: Sendable, Equatable, Codable {
    public var name: String
    public var lanes: Int
    public var profile: String
    public var documents: Int

    public init(name: String, lanes: Int, profile: String, documents: Int) {
        self.name = name
        self.lanes = lanes
        self.profile = profile
        self.documents = documents
    }
}

public struct JobStatus: Sendable, Equatable, Codable {
    public enum State: String, Sendable, Codable {
        /// The job is accepted and has not begun: other jobs come first, or its model, inputs or output cannot be
        /// reached (``failure``).
        case waiting
        case running
        case completed
        case completedWithErrors = "completed_with_errors"
        /// The job was stopped by `max_errors` or by something outside, such as a full disk. Finished rows are kept.
        case failed

        /// Whether the job has ended.
        public var isOver: Bool { self != .waiting && self != .running }
    }

    public var id: JobID
    public var task: String
    public var output: String
    public var state: State
    /// The documents with rows in the output.
    public var documentsDone: Int
    /// The documents with a row in the errors file.
    public var documentsFailed: Int
    /// The count of all documents; `nil` until the inputs have been read to their end.
    public var documentsTotal: Int?
    /// The tokens that workers have read or generated and returned since the coordinator started.
    public var tokensDone: Int
    /// The tokens of all documents that were read from the inputs since the coordinator started.
    public var tokensRead: Int
    /// The most tokens that `generate` may still add to the documents read.
    public var tokensToGenerate: Int
    public var inputBytesRead: Int
    /// The bytes of ``inputBytesRead`` whose documents were finished before the coordinator started.
    public var inputBytesSkipped: Int
    public var inputBytesTotal: Int
    /// The results of leases that had ended. They changed nothing.
    public var lateResults: Int
    /// The documents that were given to another worker.
    public var documentsMoved: Int
    /// The snapshots that were made durable.
    public var snapshotsWritten: Int
    /// The snapshots that could not be read when they were needed.
    public var snapshotsRefused: Int
    /// The tokens that are not computed again since the coordinator started, because a snapshot has their state.
    public var tokensResumed: Int
    /// The tokens whose results were lost with a worker and are computed again.
    public var tokensRecomputed: Int
    /// The resource that the job waits for, such as file descriptors. The job goes on by itself.
    public var waiting: String?
    /// The reason why the job stands still or failed.
    public var failure: CoordinatorMessage.Refused?

    public init(id: JobID, task: String, output: String, state: State, inputBytesTotal: Int) {
        self.id = id
        self.task = task
        self.output = output
        self.state = state
        documentsDone = 0
        documentsFailed = 0
        documentsTotal = nil
        tokensDone = 0
        tokensRead = 0
        tokensToGenerate = 0
        inputBytesRead = 0
        inputBytesSkipped = 0
        self.inputBytesTotal = inputBytesTotal
        lateResults = 0
        documentsMoved = 0
        snapshotsWritten = 0
        snapshotsRefused = 0
        tokensResumed = 0
        tokensRecomputed = 0
        waiting = nil
        failure = nil
    }
}
