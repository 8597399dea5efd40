/// A step that is out, whose result is the next one of its document.
public struct AwaitedStep: Sendable, Equatable {
    public var document: DocumentKey
    public var work: StepPlan.Work
    /// The state after the step is to come with its result.
    public var wantsSnapshot: Bool

    public init(document: DocumentKey, work: StepPlan.Work, wantsSnapshot: Bool) {
        self.document = document
        self.work = work
        self.wantsSnapshot = wantsSnapshot
    }
}

extension Scheduler {
    /// What a result is to be of, for whoever looks at it before the scheduler is told.
    /// - Returns: `nil` for a result that changes nothing: the lease has ended or is another worker's, or another
    ///   step's result is the next one.
    public func awaitedStep(_ number: Int, of lease: LeaseID, from worker: WorkerID) -> AwaitedStep? {
        guard let key = workers[worker]?.leases.first(where: { $0.lease == lease })?.document,
            let step = documents[key]?.awaitedStep(number)
        else { return nil }
        return AwaitedStep(document: key, work: step.work, wantsSnapshot: step.wantsSnapshot)
    }
}
