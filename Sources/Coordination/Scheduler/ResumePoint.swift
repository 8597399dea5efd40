/// A place in a document from which another worker can go on. A snapshot holds the state of this place.
public struct ResumePoint: Sendable, Hashable, Codable {
    /// The sample that is being generated.
    public struct Generating: Sendable, Hashable, Codable {
        public var sample: Int
        /// The tokens of the sample that were generated.
        public var made: Int

        public init(sample: Int, made: Int) {
            self.sample = sample
            self.made = made
        }
    }

    /// The number of steps before the point, and so the number of the next step.
    public var steps: Int
    /// The tokens of the document before the point.
    public var tokens: Int
    /// The sample that is being generated; `nil` while the document is being read.
    public var generating: Generating?

    public init(steps: Int, tokens: Int, generating: Generating? = nil) {
        self.steps = steps
        self.tokens = tokens
        self.generating = generating
    }

    /// Whether all numbers of the point are counts.
    public var isPossible: Bool {
        [steps, tokens, generating?.sample ?? 0, generating?.made ?? 0].allSatisfy {
            (0...Limits.largestCount).contains($0)
        }
    }
}

/// The resume points of a document that an earlier start of the coordinator had under way.
public struct Resumption: Sendable, Equatable {
    /// The profile on which the document was computed so far.
    public var profile: String
    /// The resume points, the oldest first; not empty.
    public var points: [ResumePoint]

    public init(profile: String, points: [ResumePoint]) {
        self.profile = profile
        self.points = points
    }
}

/// The interval at which snapshots of a document are taken.
public struct SnapshotPolicy: Sendable, Equatable {
    /// The average rate of one document's snapshots, in bytes a second: a large state is taken more rarely. A network
    /// of 1 Gbit/s carries the snapshots of sixty documents at this rate, and a lane spends less than a hundredth of
    /// its time on them.
    public static let bytesPerSecond = 2_000_000
    /// The shortest interval that the size of a state leads to. A shorter one would save less work than it costs.
    public static let shortestInterval = Duration.seconds(10)

    /// The number of results between two snapshots; `nil`: time alone decides.
    public var steps: Int?
    /// The time between two snapshots; `nil`: the size of the state decides.
    public var interval: Duration?

    public init(steps: Int? = nil, interval: Duration? = nil) {
        self.steps = steps
        self.interval = interval
    }

    /// The time between two snapshots of a document.
    /// - Parameter company: the documents that share the lane. Each has only a part of the lane's time, and so loses
    ///   less work with its worker.
    public func interval(stateBytes: Int, company: Int) -> Duration {
        interval
            ?? max(Self.shortestInterval, .milliseconds(stateBytes / (Self.bytesPerSecond / 1000))) * company
    }
}
