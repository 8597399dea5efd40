public import Jobs

/// The events that a ``JobMachine`` takes. A document is named by its ordinal.
public enum JobEvent<Progress: Sendable>: Sendable {
    // The inputs

    /// A document begins.
    /// - Parameters:
    ///   - identity: the document's identity, which no other document of the job may have.
    ///   - recorded: the finished document of this identity in the ledger.
    ///   - plan: the document's own plan; `nil`: the job's plan.
    case began(Int, identity: ExactString, recorded: Int?, plan: StepPlan?)
    /// More tokens of a document were read.
    /// - Parameters:
    ///   - total: the count of all tokens that were read of the document.
    ///   - textEnds: the ends of texts in these tokens.
    case read(Int, tokens: Int, total: Int, isLast: Bool, textEnds: [Int])
    /// A begun document cannot be read to its end.
    case abandoned(Int, Failure)
    /// A record of the inputs is no valid document.
    case rejected(Int, Failure)
    /// The inputs have ended.
    case exhausted(documents: Int)

    // The coordinator's decisions

    case granted(Int, LeaseID, profile: String?)
    /// The result of a step was recorded.
    /// - Parameter tokens: the tokens that the step read or generated.
    case recorded(Int, tokens: Int)
    case snapshotCame(Int, ArrivedSnapshot)
    /// A durable snapshot cannot be used.
    case snapshotDiscarded(Int, ResumePoint)
    /// A document goes on from an earlier point.
    /// - Parameter point: the point of a durable snapshot; `nil`: the document's start.
    case restarted(Int, from: ResumePoint?)
    case completed(Int)
    case failed(Int, Failure)
    /// All documents of the job have ended.
    case ended

    // Answers to actions

    /// The answer to `open`.
    case opened(Int)
    /// The answer to `open`, if the document's files do not have what the snapshot needs.
    case unopened(Int, ResumePoint)
    /// To `write`.
    case written(Int)
    /// The answer to `moveAhead`.
    /// - Parameter to: the document after the last whose rows were moved.
    case moved(to: Int)
    /// The answer to `synchronize`.
    case synchronized(cut: Int)
    /// The answer to `commit`.
    case committed(cut: Int)
    /// The answer to `synchronizeDocument`: the progress from which the document can go on.
    /// - Parameter tokens: the recorded tokens, read or generated.
    case documentSynchronized(Int, ArrivedSnapshot, Progress, tokens: Int)
    /// The answer to `writeSnapshot`.
    case snapshotWritten(Int, LeaseID, ResumePoint, SnapshotFate)
    /// The answer to `recordSnapshot`.
    case snapshotRecorded(Int, LeaseID, ResumePoint)

    // Time

    /// Everything written is to be made durable now.
    case commit
    case tick
}

/// A snapshot as it came from a worker.
public struct ArrivedSnapshot: Sendable, Equatable {
    public var lease: LeaseID
    public var point: ResumePoint
    public var sender: WorkerID
    public var bytes: FrameBytes

    public init(lease: LeaseID, point: ResumePoint, sender: WorkerID, bytes: FrameBytes) {
        self.lease = lease
        self.point = point
        self.sender = sender
        self.bytes = bytes
    }
}

/// The outcome of writing a snapshot.
public enum SnapshotFate: Sendable, Equatable {
    case durable
    case failed
    /// The snapshot does not fit its document or its point.
    case misfit
}
