import Jobs

/// The progress of one open document: its known tokens, its holder, the steps that were sent and those that came back,
/// and the points from which it can go on if its worker is lost.
struct DocumentProgress {
    struct Holder: Equatable {
        var worker: WorkerID
        var lease: LeaseID
    }

    /// Who holds the document.
    private enum Custody: Equatable {
        /// Nobody holds the document, so it can be given out.
        /// - Parameter lostAt: the time of the loss, if the document can go on from a snapshot.
        case free(lostAt: Instant?)
        case held(Holder)
        /// Nobody holds the document any more. Its next resume point is known when all snapshots under way have ended.
        case settling
    }

    private enum Phase: Equatable {
        /// The document is being read.
        /// - Parameter sent: the number of tokens that were sent.
        case reading(sent: Int)
        /// Every token of the text was sent. The next step depends on the results.
        case awaiting
        /// A generation step can be sent.
        /// - Parameter made: the tokens of the sample that were generated.
        case generating(sample: Int, made: Int)
        case complete
    }

    /// A step that was sent and has not come back.
    private struct Sent {
        var work: StepPlan.Work
        var wantsSnapshot: Bool
        var bytes: Int
        var at: Instant
    }

    let plan: StepPlan
    private var custody = Custody.free(lostAt: nil)
    /// The profile of the worker that holds the document or held it last.
    private(set) var profile: String?
    /// The points of durable snapshots, the oldest first.
    private(set) var resumePoints: [ResumePoint] = []
    /// The points of snapshots that are being made durable.
    private(set) var pointsUnderWay: Set<ResumePoint> = []
    /// The workers that were lost in a row while they computed the same step.
    private(set) var suspects: [WorkerID] = []
    /// The point before the step at which the suspects were lost.
    private(set) var suspectPoint = ResumePoint(steps: 0, tokens: 0)
    private var phase = Phase.reading(sent: 0)
    private(set) var tokensRead = 0
    /// The ends of the document's texts that are known so far, in tokens. Empty for a document of one text.
    private var textEnds: [Int] = []
    /// The tokens of the steps that came back.
    private(set) var tokensDone = 0
    private(set) var isReadCompletely = false
    private var stepsSent = 0
    private(set) var stepsReceived = 0
    private var inFlight: [Sent] = []
    /// The sample of the generation step in flight, and its length before that step.
    private var generating: (sample: Int, made: Int)?
    private(set) var grantedAt = Instant()
    /// Whether an idle worker has taken the document from a slow one.
    var wasTakenOver = false
    /// The time when a snapshot was last asked for, or the document was last granted.
    private var snapshotAsked = Instant()
    private var stepOfSnapshot = 0
    /// The time of the last result.
    private(set) var lastResult: Instant?

    init(plan: StepPlan, resumption: Resumption? = nil) {
        self.plan = plan
        guard let resumption else { return }
        profile = resumption.profile
        resumePoints = resumption.points.suffix(Scheduler.snapshotsKept)
        goBack()
    }

    var holder: Holder? { if case .held(let holder) = custody { holder } else { nil } }
    /// Whether the document can be given out.
    var isFree: Bool { if case .free = custody { true } else { false } }
    /// Whether nobody holds the document and its next resume point is not known yet.
    var isSettling: Bool { custody == .settling }
    /// The time since when nobody holds the document, if it can go on from a snapshot.
    var lostAt: Instant? { if case .free(let lostAt) = custody { lostAt } else { nil } }

    var isComplete: Bool { phase == .complete }
    var stepsInFlight: Int { inFlight.count }
    var bytesInFlight: Int { inFlight.reduce(0) { $0 + $1.bytes } }
    /// The tokens to read of all steps in flight.
    var tokensInFlight: Int { inFlight.reduce(0) { $0 + $1.work.tokensToRead } }

    /// Whether the holder may need further steps after those in flight. A document that has none left to send leaves
    /// room for the next one on its lane.
    var hasUnsentSteps: Bool {
        switch phase {
        case .reading, .generating: true
        case .awaiting: plan.generation.map(hasTokensLeft) ?? false
        case .complete: false
        }
    }

    /// Whether tokens are left to generate if the step in flight generates all that it may.
    private func hasTokensLeft(of generation: StepPlan.Generation) -> Bool {
        guard let (sample, made) = generating else { return true }
        return !isLast(sample, of: generation) || made + Limits.generatedTokensPerStep < generation.maxTokens
    }

    /// Whether a sample is the last of the document. The samples of all texts are numbered together.
    private func isLast(_ sample: Int, of generation: StepPlan.Generation) -> Bool {
        sample + 1 >= generation.samples * plan.texts
    }

    mutating func tokensRead(total: Int, isComplete: Bool, textEnds new: [Int] = []) {
        tokensRead = total
        isReadCompletely = isComplete
        textEnds += new
    }

    /// The end of the text that goes on after so many tokens; `nil` if it is not known yet.
    private func textEnd(after tokens: Int) -> Int? {
        plan.texts > 1 ? textEnds.first { $0 > tokens } : isReadCompletely ? tokensRead : nil
    }

    /// The number of the text that ends after so many tokens.
    private func text(endingAt tokens: Int) -> Int {
        plan.texts > 1 ? textEnds.firstIndex(of: tokens) ?? 0 : 0
    }

    private func isLastText(endingAt tokens: Int) -> Bool { text(endingAt: tokens) + 1 == plan.texts }

    mutating func granted(to holder: Holder, profile: String, at now: Instant) {
        precondition(isFree, "a document has one holder")
        custody = .held(holder)
        self.profile = profile
        grantedAt = now
        snapshotAsked = now
        stepOfSnapshot = stepsSent
        lastResult = nil
    }

    /// Frees the document. It goes on from its last resume point, or from its first token.
    mutating func goesOn(at now: Instant) {
        precondition(isSettling && pointsUnderWay.isEmpty, "a document goes on when its snapshots have ended")
        goBack()
        custody = .free(lostAt: resumePoints.isEmpty ? nil : now)
    }

    /// Takes the document from its holder. Its next resume point is known when all snapshots under way have ended.
    /// - Parameter suspect: the lost worker, if the document may be the reason of the loss.
    mutating func freed(suspect: WorkerID? = nil) {
        custody = .settling
        inFlight = []
        guard let suspect else { return }
        // Steps before the suspect point may be done again, and say nothing about it.
        if stepsReceived > suspectPoint.steps { suspects = [] }
        if stepsReceived >= suspectPoint.steps { (suspects, suspectPoint) = (suspects + [suspect], position) }
    }

    /// Removes a worker from the suspects: it is back, so the document did not end it.
    mutating func absolve(_ worker: WorkerID) {
        suspects.removeAll { $0 == worker }
    }

    private mutating func goBack() {
        let point = resumePoints.last ?? ResumePoint(steps: 0, tokens: 0)
        phase =
            point.generating.map { .generating(sample: $0.sample, made: $0.made) } ?? .reading(sent: point.tokens)
        stepsSent = point.steps
        stepsReceived = point.steps
        tokensDone = point.tokens
        inFlight = []
        generating = nil
    }

    /// Begins to make the state after the latest result durable.
    /// - Returns: the point of the state; `nil` if its snapshot is under way already.
    mutating func snapshotBegan() -> ResumePoint? {
        let point = position
        return pointsUnderWay.insert(point).inserted ? point : nil
    }

    /// Ends a snapshot that was under way.
    /// - Parameter isDurable: whether the snapshot is durable.
    /// - Returns: whether the snapshot was under way.
    mutating func snapshotEnded(_ point: ResumePoint, isDurable: Bool) -> Bool {
        guard pointsUnderWay.remove(point) != nil else { return false }
        if isDurable, resumePoints.last.map({ $0.steps < point.steps }) ?? true {
            resumePoints = (resumePoints + [point]).suffix(Scheduler.snapshotsKept)
        }
        return true
    }

    /// Whether no result came since the last snapshot that the document may go on from.
    var isAtItsResumePoint: Bool { resumePoints.last?.steps == stepsReceived }

    /// Drops the last resume point: its snapshot cannot be used.
    mutating func dropLastResumePoint() -> ResumePoint? {
        resumePoints.popLast()
    }

    /// Drops all resume points: the document starts again on another profile.
    mutating func dropResumePoints() {
        resumePoints = []
        goBack()
    }

    /// The point after the latest result.
    var position: ResumePoint {
        let current: (sample: Int, made: Int)? =
            if case .generating(let sample, let made) = phase { (sample, made) } else { generating }
        if let current {
            return ResumePoint(
                steps: stepsReceived, tokens: tokensDone,
                generating: .init(sample: current.sample, made: current.made))
        }
        return ResumePoint(steps: stepsReceived, tokens: tokensDone)
    }

    /// The bytes of the state after the latest result.
    var stateBytes: Int { plan.stateBytes(at: position) }

    /// The point after the next step, if the step generates all that it may.
    private func point(after work: StepPlan.Work) -> ResumePoint {
        switch work {
        case .read(let range, _):
            return ResumePoint(steps: stepsSent + 1, tokens: range.upperBound)
        case .generate(let sample, let atMost):
            let made = if case .generating(_, let made) = phase { made } else { 0 }
            return ResumePoint(
                steps: stepsSent + 1, tokens: tokensDone, generating: .init(sample: sample, made: made + atMost))
        }
    }

    /// The next step, if it can be sent now. A chunk can be sent when it is known whether it is the last of its text:
    /// when more tokens were read than it holds, or all of them.
    var nextStep: (number: Int, work: StepPlan.Work)? {
        switch phase {
        case .reading(let sent):
            let end = sent + plan.chunkTokens
            if let textEnd = textEnd(after: sent), sent <= textEnd, textEnd <= end {
                return (stepsSent, .read(sent..<textEnd, isLast: true))
            }
            return tokensRead > end ? (stepsSent, .read(sent..<end, isLast: false)) : nil
        case .generating(let sample, let made):
            // A document that goes on from a snapshot may not have been read again to its end.
            guard let generation = plan.generation, isReadCompletely else { return nil }
            let atMost = min(generation.maxTokens - made, Limits.generatedTokensPerStep)
            return (stepsSent, .generate(sample: sample, atMost: atMost))
        case .awaiting, .complete:
            return nil
        }
    }

    /// Whether the next step's result is to bring a snapshot.
    /// - Parameter company: the documents that share the lane, this one included.
    func isSnapshotDue(_ policy: SnapshotPolicy, company: Int, at now: Instant) -> Bool {
        guard let work = nextStep?.work else { return false }
        let bytes = plan.snapshotBytes(at: point(after: work))
        guard bytes > 0 else { return false }
        switch work {
        case .read(let range, isLast: true):
            if plan.generation == nil, isLastText(endingAt: range.upperBound) { return false }
        case .generate(let sample, _):
            // No snapshot is needed after a step that may be the last of the document.
            if case .generating(_, let made) = phase, let generation = plan.generation, isLast(sample, of: generation),
                made + Limits.generatedTokensPerStep >= generation.maxTokens
            {
                return false
            }
        case .read: break
        }
        if let steps = policy.steps, stepsSent + 1 - stepOfSnapshot >= steps { return true }
        return snapshotAsked.advanced(by: policy.interval(stateBytes: bytes, company: company)) <= now
    }

    /// The most bytes of a step's message and its result, and of the snapshot that goes with a new lease.
    func bytes(of work: StepPlan.Work, withSnapshot: Bool) -> Int {
        let start = stepsInFlight == 0 && lastResult == nil ? resumePoints.last : nil
        return work.tokens * plan.bytesPerToken + (withSnapshot ? plan.snapshotBytes(at: point(after: work)) : 0)
            + (start.map(plan.snapshotBytes) ?? 0)
    }

    mutating func sent(_ work: StepPlan.Work, bytes: Int, withSnapshot: Bool, at now: Instant) {
        stepsSent += 1
        if withSnapshot {
            snapshotAsked = now
            stepOfSnapshot = stepsSent
        }
        switch (work, phase) {
        case (.read(let range, let isLast), .reading):
            let isEnd = isLast && (plan.generation != nil || isLastText(endingAt: range.upperBound))
            phase = isEnd ? .awaiting : .reading(sent: range.upperBound)
        case (.generate, .generating(let sample, let made)):
            generating = (sample, made)
            phase = .awaiting
        default:
            preconditionFailure("a step was sent that is not the next one")
        }
        inFlight.append(Sent(work: work, wantsSnapshot: withSnapshot, bytes: bytes, at: now))
    }

    /// The step of this number, if its result is the next one.
    func awaitedStep(_ number: Int) -> (work: StepPlan.Work, wantsSnapshot: Bool)? {
        guard number == stepsReceived else { return nil }
        return inFlight.first.map { ($0.work, $0.wantsSnapshot) }
    }

    enum OnResult: Equatable {
        case recorded
        case completed
        case failed
        /// The result is not the next one: it is repeated, or it belongs to a step of another kind.
        case unexpected
    }

    mutating func resultArrived(number: Int, _ summary: StepSummary, at now: Instant) -> OnResult {
        guard number == stepsReceived, number < stepsSent else { return .unexpected }
        switch summary {
        case .documentFailed:
            phase = .complete
            return .failed
        case .read:
            guard generating == nil else { return .unexpected }
            stepsReceived += 1
            tokensDone += inFlight.removeFirst().work.tokensToRead
            if phase == .awaiting, stepsInFlight == 0 {
                let first = text(endingAt: tokensDone) * (plan.generation?.samples ?? 0)
                phase = plan.generation == nil ? .complete : .generating(sample: first, made: 0)
            }
        case .generated(let tokens, let isFinished):
            guard let (sample, before) = generating, let generation = plan.generation, tokens >= 0 else {
                return .unexpected
            }
            generating = nil
            stepsReceived += 1
            inFlight.removeFirst()
            let made = before + tokens
            if !isFinished, tokens > 0, made < generation.maxTokens {
                phase = .generating(sample: sample, made: made)
            } else if isLast(sample, of: generation) {
                phase = .complete
            } else if (sample + 1).isMultiple(of: generation.samples) {
                phase = .reading(sent: tokensDone)
            } else {
                phase = .generating(sample: sample + 1, made: 0)
            }
        }
        lastResult = now
        if stepsReceived > suspectPoint.steps { suspects = [] }
        return isComplete ? .completed : .recorded
    }

    /// The token count of the step that is computed now, and the time that it has taken so far.
    func currentStep(at now: Instant) -> (tokens: Int, time: Duration)? {
        inFlight.first.map { (max(1, $0.work.tokens), max($0.at, lastResult ?? $0.at).duration(to: now)) }
    }
}
