/// What the coordinator says to workers and clients.
public enum CoordinatorMessage: Sendable, Equatable {
    case welcome
    /// "I do not know you": say hello.
    case rejoin
    case heartbeat
    case lease(LeaseGrant)
    case step(Step)
    /// The lease is over, for whatever reason; nothing that is done on it will be taken.
    case release(LeaseID)
    case accepted(JobID, Acceptance = .begins)
    case status(ClusterStatus)
    /// A request or message was not taken.
    case refused(Refused)

    /// What becomes of a job that is taken.
    public enum Acceptance: String, Sendable, Codable {
        case begins
        /// A part of it was done before.
        case goesOn = "goes_on"
        /// Somebody else has handed it in.
        case runs
        /// As many jobs run as may; it begins when others have ended.
        case waits
        /// Nothing is to be done.
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

/// How jobs and workers stand.
public struct ClusterStatus: Sendable, Equatable, Codable {
    public var jobs: [JobStatus]
    public var workers: [WorkerStatus]
    /// Messages and connections that were refused since the coordinator started, by reason; `nil` if there were none.
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
        /// Accepted, and not begun: other jobs come first, or its model, inputs or output are away (``failure``).
        case waiting
        case running
        case completed
        case completedWithErrors = "completed_with_errors"
        /// Stopped by `max_errors` or by something outside, such as a full disk; what is finished is kept.
        case failed

        /// Whether nothing more will come of the job by itself.
        public var isOver: Bool { self != .waiting && self != .running }
    }

    public var id: JobID
    public var task: String
    public var output: String
    public var state: State
    /// Documents with their rows in the output.
    public var documentsDone: Int
    /// Documents with a row in the errors file.
    public var documentsFailed: Int
    /// `nil` until the inputs have been read to their end.
    public var documentsTotal: Int?
    /// Tokens that workers have read or made and returned since the coordinator started.
    public var tokensDone: Int
    /// Tokens of all documents read from the inputs since the coordinator started.
    public var tokensRead: Int
    /// Tokens that `generate` may still add to the documents read: an upper bound.
    public var tokensToGenerate: Int
    public var inputBytesRead: Int
    /// Of those, bytes of documents that were finished before the coordinator started.
    public var inputBytesSkipped: Int
    public var inputBytesTotal: Int
    /// Results of leases that had ended: counted, and without effect.
    public var lateResults: Int
    /// Documents that were given to another worker.
    public var documentsMoved: Int
    /// States of documents under way that were made durable.
    public var snapshotsWritten: Int
    /// Those that could not be read when they were needed.
    public var snapshotsRefused: Int
    /// Tokens that need not be computed since the coordinator started, because a snapshot stands for them.
    public var tokensResumed: Int
    /// Tokens whose results were lost with a worker and are computed again.
    public var tokensRecomputed: Int
    /// What the job waits for, such as file descriptors; it goes on by itself.
    public var waiting: String?
    /// Why the job stands still or failed.
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
