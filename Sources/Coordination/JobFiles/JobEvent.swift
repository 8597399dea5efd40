public import Jobs

/// What a ``JobMachine`` is told. Documents go by their ordinals.
public enum JobEvent<Progress: Sendable>: Sendable {
    // The inputs

    /// A document begins.
    /// - Parameters:
    ///   - identity: what no other document of the job may have.
    ///   - recorded: the finished document that has the identity in the ledger.
    ///   - plan: how it is cut into steps, if not as the job's documents are.
    case began(Int, identity: ExactString, recorded: Int?, plan: StepPlan?)
    /// More tokens of a document were read.
    /// - Parameters:
    ///   - total: all that were read of it.
    ///   - textEnds: where texts end in these tokens.
    case read(Int, tokens: Int, total: Int, isLast: Bool, textEnds: [Int])
    /// A document that began cannot be read to its end.
    case abandoned(Int, Failure)
    /// A document is none.
    case rejected(Int, Failure)
    /// There are no more documents than so many.
    case exhausted(documents: Int)

    // The coordinator's decisions

    case granted(Int, LeaseID, profile: String?)
    /// The result of a step was recorded.
    /// - Parameter tokens: that the step read or made.
    case recorded(Int, tokens: Int)
    case snapshotCame(Int, ArrivedSnapshot)
    /// A snapshot that was kept cannot be used.
    case snapshotDiscarded(Int, ResumePoint)
    /// A document starts again.
    /// - Parameter point: a snapshot that is kept; `nil`: the document's start.
    case restarted(Int, from: ResumePoint?)
    case completed(Int)
    case failed(Int, Failure)
    /// All documents of the job have ended.
    case ended

    // Answers to actions

    /// To `open`.
    case opened(Int)
    /// To `open`: what the snapshot needs of the document's files is not there.
    case unopened(Int, ResumePoint)
    /// To `write`.
    case written(Int)
    /// To `moveAhead`: the document behind the last whose rows were moved.
    case moved(to: Int)
    /// To `synchronize`.
    case synchronized(cut: Int)
    /// To `commit`.
    case committed(cut: Int)
    /// To `synchronizeDocument`: what a document needs to go on from a snapshot.
    /// - Parameter tokens: whose results were recorded, read or made.
    case documentSynchronized(Int, ArrivedSnapshot, Progress, tokens: Int)
    /// To `writeSnapshot`.
    case snapshotWritten(Int, LeaseID, ResumePoint, SnapshotFate)
    /// To `recordSnapshot`.
    case snapshotRecorded(Int, LeaseID, ResumePoint)

    // Time

    /// What was written is to be made durable now.
    case commit
    case tick
}

/// A document's state as it came from a worker.
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

/// What became of a snapshot on its way to the disk.
public enum SnapshotFate: Sendable, Equatable {
    case durable
    case failed
    /// It is none of its document at its point.
    case misfit
}
