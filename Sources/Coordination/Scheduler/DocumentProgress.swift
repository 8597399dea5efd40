/// How far one open document is: what is known of its tokens, who holds it, which steps were sent and which came back.
struct DocumentProgress {
    struct Holder: Equatable {
        var worker: WorkerID
        var lease: LeaseID
    }

    private enum Phase: Equatable {
        /// Tokens before this one have been sent.
        case reading(sent: Int)
        /// Every token was sent; the next step depends on what comes back.
        case awaiting
        /// A generation step can be sent.
        case generating(sample: Int, made: Int)
        case complete
    }

    let plan: StepPlan
    private(set) var holder: Holder?
    /// Of the worker that holds it or held it last.
    private(set) var profile: String?
    private var phase = Phase.reading(sent: 0)
    private var tokensRead = 0
    private var isReadCompletely = false
    private var stepsSent = 0
    private var stepsReceived = 0
    /// The sample and its length so far, of the generation step that is out.
    private var generating: (sample: Int, made: Int)?

    init(plan: StepPlan) {
        self.plan = plan
    }

    var isComplete: Bool { phase == .complete }
    var stepsInFlight: Int { stepsSent - stepsReceived }

    /// Whether the holder may need further steps after those in flight. A document that has none left to send leaves
    /// room for the next one on its lane.
    var hasUnsentSteps: Bool {
        switch phase {
        case .reading, .generating: true
        case .awaiting: plan.generation.map(hasTokensLeft) ?? false
        case .complete: false
        }
    }

    /// Whether there is anything left to generate once the step that is out has made all that it was asked for.
    private func hasTokensLeft(of generation: StepPlan.Generation) -> Bool {
        guard let (sample, made) = generating else { return true }
        return sample + 1 < generation.samples || made + Limits.generatedTokensPerStep < generation.maxTokens
    }

    mutating func tokensRead(total: Int, isComplete: Bool) {
        tokensRead = total
        isReadCompletely = isComplete
    }

    mutating func granted(to holder: Holder, profile: String) {
        precondition(self.holder == nil, "a document has one holder")
        self.holder = holder
        self.profile = profile
    }

    /// The document is free again and starts from its first token.
    mutating func lost() {
        holder = nil
        phase = .reading(sent: 0)
        stepsSent = 0
        stepsReceived = 0
        generating = nil
    }

    /// The next step, if it can be sent now. A chunk is sendable when it is known whether it is the last: when more
    /// tokens than it holds were read, or all of them.
    var nextStep: (number: Int, work: StepPlan.Work)? {
        switch phase {
        case .reading(let sent):
            let end = sent + plan.chunkTokens
            if tokensRead > end { return (stepsSent, .read(sent..<end, isLast: false)) }
            if isReadCompletely { return (stepsSent, .read(sent..<tokensRead, isLast: true)) }
            return nil
        case .generating(let sample, let made):
            guard let generation = plan.generation else { return nil }
            let atMost = min(generation.maxTokens - made, Limits.generatedTokensPerStep)
            return (stepsSent, .generate(sample: sample, atMost: atMost))
        case .awaiting, .complete:
            return nil
        }
    }

    mutating func sent(_ work: StepPlan.Work) {
        stepsSent += 1
        switch (work, phase) {
        case (.read(let range, let isLast), .reading):
            phase = isLast ? .awaiting : .reading(sent: range.upperBound)
        case (.generate, .generating(let sample, let made)):
            generating = (sample, made)
            phase = .awaiting
        default:
            preconditionFailure("a step was sent that is not the next one")
        }
    }

    enum OnResult: Equatable {
        case recorded
        case completed
        case failed
        /// Not the result that comes next: repeated, or not of this kind of step.
        case unexpected
    }

    mutating func resultArrived(number: Int, _ summary: StepSummary) -> OnResult {
        guard number == stepsReceived, number < stepsSent else { return .unexpected }
        switch summary {
        case .documentFailed:
            phase = .complete
            return .failed
        case .read:
            guard generating == nil else { return .unexpected }
            stepsReceived += 1
            guard phase == .awaiting, stepsInFlight == 0 else { return .recorded }
            phase = plan.generation == nil ? .complete : .generating(sample: 0, made: 0)
        case .generated(let tokens, let isFinished):
            guard let (sample, before) = generating, let generation = plan.generation, tokens >= 0 else {
                return .unexpected
            }
            generating = nil
            stepsReceived += 1
            let made = before + tokens
            if !isFinished, tokens > 0, made < generation.maxTokens {
                phase = .generating(sample: sample, made: made)
            } else if sample + 1 < generation.samples {
                phase = .generating(sample: sample + 1, made: 0)
            } else {
                phase = .complete
            }
        }
        return isComplete ? .completed : .recorded
    }
}
