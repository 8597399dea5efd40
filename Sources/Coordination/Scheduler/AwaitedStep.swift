/// A sent step whose result is the next one of its document.
public struct AwaitedStep: Sendable, Equatable {
    public var document: DocumentKey
    public var work: StepPlan.Work
    /// Whether the result is to bring the state after the step.
    public var wantsSnapshot: Bool

    public init(document: DocumentKey, work: StepPlan.Work, wantsSnapshot: Bool) {
        self.document = document
        self.work = work
        self.wantsSnapshot = wantsSnapshot
    }
}

extension Scheduler {
    /// The step that a result must belong to. The driver checks results with it before it passes them on.
    /// - Returns: `nil` for a result that changes nothing: the lease has ended or is another worker's, or another
    ///   step's result is the next one.
    public func awaitedStep(_ number: Int, of lease: LeaseID, from worker: WorkerID) -> AwaitedStep? {
        guard let key = workers[worker]?.leases.first(where: { $0.lease == lease })?.document,
            let step = documents[key]?.awaitedStep(number)
        else { return nil }
        return AwaitedStep(document: key, work: step.work, wantsSnapshot: step.wantsSnapshot)
    }
}
