/// A worker as the scheduler sees it: what it can take, what it holds, how fast it is, and when it was last heard.
struct WorkerSession {
    let lanes: Int
    /// Documents that a lane works on side by side.
    let batch: Int
    let credit: Int
    /// Tokens that a pass over its weights reads.
    let rowsPerPass: Int
    /// States of the documents that it may hold, beyond one a lane.
    let mostStateBytes: Int
    let profile: String
    var lastHeard: Instant
    /// It takes nothing more.
    var isDraining = false
    /// In the order they were granted.
    private(set) var leases: [Held] = []
    private(set) var stepsInFlight = 0
    /// Of steps in flight, to read.
    private(set) var tokensInFlight = 0
    /// Bytes of messages that steps in flight may cause, and of snapshots that leases began with.
    private(set) var bytesInFlight = 0
    /// Jobs that this worker has refused.
    private(set) var unfit: Set<JobID> = []
    private(set) var pace = Pace()
    private var laneProgress: [LaneProgress?]
    /// Since when nothing came of the steps in flight; `nil`: there are none.
    private var waitingSince: Instant?

    /// A document that it holds.
    struct Held {
        var lease: LeaseID
        var document: DocumentKey
        /// Of the document's state, as far as they count: one that is larger fills the worker alone.
        fileprivate(set) var stateBytes: Int
    }

    private struct LaneProgress {
        var count: UInt64
        var since: Instant
    }

    /// Seconds that one lane takes for a token, on the average of its latest steps.
    struct Pace {
        private(set) var reading: Double?
        private(set) var generating: Double?

        subscript(isGenerating isGenerating: Bool) -> Double? { isGenerating ? generating : reading }

        mutating func note(seconds: Double, isGenerating: Bool) {
            let before = self[isGenerating: isGenerating] ?? seconds
            let mean = before + 0.3 * (seconds - before)
            if isGenerating { generating = mean } else { reading = mean }
        }
    }

    init(
        lanes: Int, batch: Int, credit: Int, rowsPerPass: Int, mostStateBytes: Int, profile: String, now: Instant
    ) {
        precondition(
            lanes > 0 && batch > 0 && credit > 0 && rowsPerPass > 0, "what a hello says is checked where it arrives")
        self.lanes = lanes
        self.batch = batch
        self.credit = credit
        self.rowsPerPass = rowsPerPass
        self.mostStateBytes = mostStateBytes
        self.profile = profile
        lastHeard = now
        laneProgress = Array(repeating: nil, count: lanes)
    }

    var hasCredit: Bool { stepsInFlight < credit && !isDraining }
    /// A document has no more than its part of a lane's credit in hand: else the first of them takes all of it, and the
    /// others stand still until it ends.
    var stepsPerDocument: Int { max(1, credit / lanes - batch + 1) }

    /// Whether another document would not lie about: a lane has two steps in hand, and more if they are short.
    var hasWorkToSpare: Bool {
        leases.count >= lanes && stepsInFlight >= Limits.stepsPerLane * lanes
            && tokensInFlight >= Limits.passesPerLane * rowsPerPass * lanes
    }

    /// Whether another document's state may come.
    var hasMemory: Bool {
        guard leases.count < Limits.documentsPerWorker else { return false }
        return leases.count < lanes || leases.reduce(0) { $0 + $1.stateBytes } < mostStateBytes
    }

    /// When the worker is given up if nothing is heard of it, or its lanes move no further.
    var deadline: Instant {
        var deadline = lastHeard.advanced(by: Limits.workerSilence)
        for case let lane? in laneProgress { deadline = min(deadline, lane.since.advanced(by: Limits.laneSilence)) }
        // One whose lanes are idle for so long while it has steps has lost them.
        if let waitingSince { deadline = min(deadline, waitingSince.advanced(by: Limits.laneSilence)) }
        return deadline
    }

    /// - Parameter progress: of the lanes, `nil` for idle ones. Of a worker that says something else than its lanes' it
    ///   is passed over.
    mutating func heard(_ progress: [UInt64?], at now: Instant) {
        lastHeard = now
        guard progress.count == lanes else { return }
        for (lane, count) in progress.enumerated() {
            guard laneProgress[lane]?.count != count || count == nil else { continue }
            laneProgress[lane] = count.map { LaneProgress(count: $0, since: now) }
            if count != nil, waitingSince != nil { waitingSince = now }
        }
    }

    mutating func granted(_ lease: LeaseID, _ document: DocumentKey, stateBytes: Int) {
        leases.append(Held(lease: lease, document: document, stateBytes: 0))
        stateTakes(stateBytes, of: lease)
    }

    /// - Parameter bytes: of the state of a lease's document.
    mutating func stateTakes(_ bytes: Int, of lease: LeaseID) {
        guard let index = leases.firstIndex(where: { $0.lease == lease }) else { return }
        // One that is larger fills the worker alone, and the sum of all does not overflow.
        leases[index].stateBytes = min(bytes, mostStateBytes)
    }

    mutating func stepSent(tokens: Int, bytes: Int, at now: Instant) {
        if stepsInFlight == 0 { waitingSince = now }
        stepsInFlight += 1
        tokensInFlight += tokens
        bytesInFlight += bytes
    }

    mutating func resultArrived(tokens: Int, bytes: Int, at now: Instant) {
        stepsInFlight -= 1
        waitingSince = stepsInFlight > 0 ? now : nil
        tokensInFlight -= tokens
        bytesInFlight -= bytes
    }

    mutating func note(seconds: Double, isGenerating: Bool) {
        pace.note(seconds: seconds, isGenerating: isGenerating)
    }

    /// What is in flight of the lease counts no longer.
    mutating func released(_ lease: LeaseID, _ document: DocumentProgress) {
        leases.removeAll { $0.lease == lease }
        stepsInFlight -= document.stepsInFlight
        if stepsInFlight == 0 { waitingSince = nil }
        tokensInFlight -= document.tokensInFlight
        bytesInFlight -= document.bytesInFlight
    }

    mutating func refused(_ job: JobID) {
        unfit.insert(job)
    }

    /// A job that is handed in again is another try.
    mutating func ended(_ job: JobID) {
        unfit.remove(job)
    }
}
