public import Jobs

/// The way in which a job that has rows is done once more.
public enum Rerun: String, Sendable, Codable {
    /// All documents are done again.
    case again
    /// Only new documents, changed documents, and documents with error rows are done.
    case update
}

/// The messages of workers and clients to the coordinator.
public enum PeerMessage: Sendable, Equatable {
    case hello(Hello)
    case heartbeat(Heartbeat)
    case result(StepResult)
    case refusal(Refusal)
    /// The worker is about to leave: it takes no more work, and hands back its leases.
    case drain
    /// The worker hands a lease back.
    case handback(Handback)
    /// The worker leaves. All its leases end.
    case goodbye
    case submit(Submission)
    case status(StatusRequest)

    /// The message in words, which complete "may not …".
    public var summary: String {
        switch self {
        case .hello: "say hello as a worker"
        case .heartbeat: "send a heartbeat"
        case .result: "return a result"
        case .refusal: "refuse work"
        case .drain: "ask to leave"
        case .handback: "give work back"
        case .goodbye: "say goodbye"
        case .submit: "submit a job"
        case .status: "ask for the status"
        }
    }

    /// The first message of a worker.
    public struct Hello: Sendable, Equatable, Codable {
        /// The worker's name for people: host and process.
        public var name: String
        /// A random number, drawn at every start of a worker.
        public var instance: UInt64
        /// A number that grows each time the worker starts over. A repeated hello has a known instance and attempt and
        /// comes on the same connection; it gets no second welcome. A hello with a greater attempt, or on a new
        /// connection, replaces the worker of the earlier hello: steps may be lost that nobody sends again. A hello
        /// with a smaller attempt is ignored.
        public var attempt: Int
        public var lanes: Int
        /// The documents that a lane works on side by side.
        public var batch: Int
        /// The steps that the worker wants in hand: one for each document of its batches, and the next one for each
        /// lane.
        public var credit: Int
        /// The tokens that a pass over the weights reads, over all documents.
        public var rowsPerPass: Int
        /// The bytes of the states that the worker may hold, beyond one document a lane.
        public var stateBytes: Int
        /// The profile of the worker's arithmetic: what fixes its bits.
        public var profile: String

        public init(
            name: String, instance: UInt64, attempt: Int = 0, lanes: Int, batch: Int = 1, credit: Int,
            rowsPerPass: Int = Job.blockTokens, stateBytes: Int = Limits.stateBytesPerWorker, profile: String
        ) {
            self.name = name
            self.instance = instance
            self.attempt = attempt
            self.lanes = lanes
            self.batch = batch
            self.credit = credit
            self.rowsPerPass = rowsPerPass
            self.stateBytes = stateBytes
            self.profile = profile
        }

        /// Reads a hello. Without `rowsPerPass` it is from a worker with a CPU.
        public init(from decoder: any Decoder) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                name: try values.decode(String.self, forKey: .name),
                instance: try values.decode(UInt64.self, forKey: .instance),
                attempt: try values.decode(Int.self, forKey: .attempt),
                lanes: try values.decode(Int.self, forKey: .lanes),
                batch: try values.decode(Int.self, forKey: .batch),
                credit: try values.decode(Int.self, forKey: .credit),
                rowsPerPass: try values.decodeIfPresent(Int.self, forKey: .rowsPerPass) ?? Job.blockTokens,
                stateBytes: try values.decodeIfPresent(Int.self, forKey: .stateBytes) ?? Limits.stateBytesPerWorker,
                profile: try values.decode(String.self, forKey: .profile))
        }
    }

    public struct Heartbeat: Sendable, Equatable, Codable {
        /// The counter of each lane, which grows while the lane computes; `nil` for an idle lane.
        public var progress: [UInt64?]

        public init(progress: [UInt64?]) {
            self.progress = progress
        }
    }

    public struct Refusal: Sendable, Equatable, Codable {
        public enum Subject: String, Sendable, Codable {
            /// The worker cannot do this job's documents; another may.
            case job
            /// The snapshot that the lease began with cannot be read.
            case snapshot
        }

        public var lease: LeaseID
        public var subject: Subject
        public var failure: Failure

        public init(lease: LeaseID, subject: Subject = .job, failure: Failure) {
            self.lease = lease
            self.subject = subject
            self.failure = failure
        }
    }

    public struct Handback: Sendable, Equatable {
        public var lease: LeaseID
        /// The number of the next step. The results of all earlier steps were sent.
        public var nextStep: Int
        /// The state before the next step; `nil` if no step was computed since the lease began.
        public var snapshot: FrameBytes?

        public init(lease: LeaseID, nextStep: Int, snapshot: FrameBytes? = nil) {
            self.lease = lease
            self.nextStep = nextStep
            self.snapshot = snapshot
        }
    }

    public struct Submission: Sendable, Equatable, Codable {
        public var job: Job
        /// The treatment of rows that the job already has; `nil`: they stay as they are, if nothing has changed.
        public var rerun: Rerun?

        public init(job: Job, rerun: Rerun? = nil) {
            self.job = job
            self.rerun = rerun
        }
    }

    public struct StatusRequest: Sendable, Equatable, Codable {
        /// The job; `nil`: every job.
        public var job: JobID?

        public init(job: JobID? = nil) {
            self.job = job
        }
    }
}
