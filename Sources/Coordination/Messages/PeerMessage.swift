public import Jobs

/// What workers and clients say to the coordinator.
public enum PeerMessage: Sendable, Equatable {
    case hello(Hello)
    case heartbeat(Heartbeat)
    case result(StepResult)
    case refusal(Refusal)
    /// The worker is leaving; what it holds is free.
    case goodbye
    case submit(Submission)
    case status(StatusRequest)

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
        /// Steps that the worker wants in hand.
        public var credit: Int
        /// What fixes the bits of its arithmetic.
        public var profile: String

        public init(name: String, instance: UInt64, attempt: Int = 0, lanes: Int, credit: Int, profile: String) {
            self.name = name
            self.instance = instance
            self.attempt = attempt
            self.lanes = lanes
            self.credit = credit
            self.profile = profile
        }
    }

    public struct Heartbeat: Sendable, Equatable, Codable {
        /// Grows while a lane computes.
        public var progress: UInt64
        public var isBusy: Bool

        public init(progress: UInt64, isBusy: Bool) {
            self.progress = progress
            self.isBusy = isBusy
        }
    }

    /// The worker cannot do this job's documents; another may.
    public struct Refusal: Sendable, Equatable, Codable {
        public var lease: LeaseID
        public var failure: Failure

        public init(lease: LeaseID, failure: Failure) {
            self.lease = lease
            self.failure = failure
        }
    }

    public struct Submission: Sendable, Equatable, Codable {
        public var job: Job

        public init(job: Job) {
            self.job = job
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
