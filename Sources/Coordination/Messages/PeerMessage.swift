public import Jobs

/// How a job that has rows is done once more.
public enum Rerun: String, Sendable, Codable {
    /// Everything anew.
    case again
    /// New and changed documents alone, and those that have error rows.
    case update
}

/// What workers and clients say to the coordinator.
public enum PeerMessage: Sendable, Equatable {
    case hello(Hello)
    case heartbeat(Heartbeat)
    case result(StepResult)
    case refusal(Refusal)
    /// The worker is about to leave: it takes nothing more, and gives back what it holds.
    case drain
    /// A lease that the worker gives back.
    case handback(Handback)
    /// The worker is leaving; what it holds is free.
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

    /// The first thing a worker says.
    public struct Hello: Sendable, Equatable, Codable {
        /// For people: host and process.
        public var name: String
        /// Drawn anew at every start of a worker.
        public var instance: UInt64
        /// Grows each time the worker starts over. A hello with a known instance and attempt is the same one said
        /// again, if it comes on the same connection, and is not answered by another welcome. With a new attempt, or
        /// on a new connection, it takes the place of the worker that said the earlier one: where a connection broke,
        /// steps were lost that nobody sends again. An earlier attempt is ignored.
        public var attempt: Int
        public var lanes: Int
        /// Documents that a lane works on side by side.
        public var batch: Int
        /// Steps that the worker wants in hand: of each document of its batches one, and for each lane the next.
        public var credit: Int
        /// Tokens that a pass over the weights reads, of all documents together.
        public var rowsPerPass: Int
        /// Bytes of the states of the documents that the worker holds, beyond one document a lane.
        public var stateBytes: Int
        /// What fixes the bits of its arithmetic.
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

        /// Reads a worker's that does not say what its passes take: it has a CPU.
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
        /// Of each lane a number that grows while it computes; `nil`: it computes nothing.
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
        /// The number of the step that comes next: results of all before were sent.
        public var nextStep: Int
        /// The state before it; `nil`: nothing was computed since the lease began.
        public var snapshot: FrameBytes?

        public init(lease: LeaseID, nextStep: Int, snapshot: FrameBytes? = nil) {
            self.lease = lease
            self.nextStep = nextStep
            self.snapshot = snapshot
        }
    }

    public struct Submission: Sendable, Equatable, Codable {
        public var job: Job
        /// What is done with rows that the job has already; `nil`: they stay as they are, if nothing has changed.
        public var rerun: Rerun?

        public init(job: Job, rerun: Rerun? = nil) {
            self.job = job
            self.rerun = rerun
        }
    }

    public struct StatusRequest: Sendable, Equatable, Codable {
        /// `nil`: every job.
        public var job: JobID?

        public init(job: JobID? = nil) {
            self.job = job
        }
    }
}
