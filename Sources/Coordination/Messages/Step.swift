public import Jobs

/// A lease, with everything that a worker needs to know about its document.
public struct LeaseGrant: Sendable, Equatable, Codable {
    public var lease: LeaseID
    public var document: DocumentKey
    /// The document's id in the job's rows. A sampler's random numbers depend on it.
    public var documentID: String
    public var task: Job.Task
    public var model: ModelReference
    /// The number of the lease's first step.
    public var firstStep: Int
    /// The state before the first step, in a frame of its own; `nil` at the start of a document.
    public var snapshot: FrameBytes?

    private enum CodingKeys: String, CodingKey { case lease, document, documentID, task, model, firstStep }

    public init(
        lease: LeaseID, document: DocumentKey, documentID: String, task: Job.Task, model: ModelReference,
        firstStep: Int = 0, snapshot: FrameBytes? = nil
    ) {
        self.lease = lease
        self.document = document
        self.documentID = documentID
        self.task = task
        self.model = model
        self.firstStep = firstStep
        self.snapshot = snapshot
    }
}

/// A model, its data type, and its directory on the coordinator's machine. A worker may have the model elsewhere under
/// the same name; the digest tells whether it is the same.
public struct ModelReference: Sendable, Hashable, Codable {
    public var directory: String
    public var digest: String
    /// The name of a `Job.DataType`. A worker refuses a name that it does not know.
    public var dataType: String

    public init(directory: String, digest: String, dataType: String) {
        self.directory = directory
        self.digest = digest
        self.dataType = dataType
    }
}

/// One piece of work on a lease. Steps of a lease are done in the order of their numbers.
public struct Step: Sendable, Equatable {
    public var lease: LeaseID
    public var number: Int
    public var work: Work
    /// Whether the result is to bring the state after the step.
    public var wantsSnapshot: Bool

    public init(lease: LeaseID, number: Int, work: Work, wantsSnapshot: Bool = false) {
        self.lease = lease
        self.number = number
        self.work = work
        self.wantsSnapshot = wantsSnapshot
    }
}

public struct StepResult: Sendable, Equatable {
    public var lease: LeaseID
    public var number: Int
    public var outcome: StepOutcome
    /// The state after the step, if the step asked for it.
    public var snapshot: FrameBytes?

    public init(lease: LeaseID, number: Int, outcome: StepOutcome, snapshot: FrameBytes? = nil) {
        self.lease = lease
        self.number = number
        self.outcome = outcome
        self.snapshot = snapshot
    }
}
