/// A place in a document from which another worker can go on: what had been done when its state was written down.
public struct ResumePoint: Sendable, Hashable, Codable {
    /// A sample that is being made.
    public struct Generating: Sendable, Hashable, Codable {
        public var sample: Int
        /// Tokens of it that were made.
        public var made: Int

        public init(sample: Int, made: Int) {
            self.sample = sample
            self.made = made
        }
    }

    /// Steps whose results the state stands for: the number of the next one.
    public var steps: Int
    /// Tokens of the document that were read.
    public var tokens: Int
    /// `nil`: the document is being read.
    public var generating: Generating?

    public init(steps: Int, tokens: Int, generating: Generating? = nil) {
        self.steps = steps
        self.tokens = tokens
        self.generating = generating
    }

    /// Whether its numbers are counts.
    public var isPossible: Bool {
        [steps, tokens, generating?.sample ?? 0, generating?.made ?? 0].allSatisfy {
            (0...Limits.largestCount).contains($0)
        }
    }
}

/// Where a document that was begun by an earlier start of the coordinator can go on.
public struct Resumption: Sendable, Equatable {
    /// On which it was computed so far.
    public var profile: String
    /// The oldest first; not empty.
    public var points: [ResumePoint]

    public init(profile: String, points: [ResumePoint]) {
        self.profile = profile
        self.points = points
    }
}

/// How often the state of a document is written down while it is under way.
public struct SnapshotPolicy: Sendable, Equatable {
    /// Bytes of state that a document's snapshots may take in a second, on the average: a large state is written down
    /// more rarely. A network of 1 Gbit/s carries the snapshots of sixty documents at this rate, and a lane spends
    /// less than a hundredth of its time on them.
    public static let bytesPerSecond = 2_000_000
    /// What a loss costs is not worth less than this.
    public static let shortestInterval = Duration.seconds(10)

    /// After so many results; `nil`: by time alone.
    public var steps: Int?
    /// After so much time; `nil`: as the size of the state suggests.
    public var interval: Duration?

    public init(steps: Int? = nil, interval: Duration? = nil) {
        self.steps = steps
        self.interval = interval
    }

    /// The time between two snapshots of a document.
    /// - Parameter company: documents that share a lane: each has so small a part of its time, and loses as little of
    ///   it.
    public func interval(stateBytes: Int, company: Int) -> Duration {
        interval
            ?? max(Self.shortestInterval, .milliseconds(stateBytes / (Self.bytesPerSecond / 1000))) * company
    }
}
