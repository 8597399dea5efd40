/// The scheduler's record of a worker: its capacity, its leases, its pace, and the time of its last message.
struct WorkerSession {
    let lanes: Int
    /// The documents that a lane works on side by side.
    let batch: Int
    let credit: Int
    /// The tokens that a pass over the weights reads.
    let rowsPerPass: Int
    /// The most bytes of states that the worker may hold, beyond one document a lane.
    let mostStateBytes: Int
    let profile: String
    var lastHeard: Instant
    /// Whether the worker is leaving and takes no more work.
    var isDraining = false
    /// The leases of the worker, in the order in which they were granted.
    private(set) var leases: [Held] = []
    private(set) var stepsInFlight = 0
    /// The tokens to read of all steps in flight.
    private(set) var tokensInFlight = 0
    /// The bytes of messages that steps in flight may cause, and of snapshots that leases began with.
    private(set) var bytesInFlight = 0
    /// The jobs that the worker has refused.
    private(set) var unfit: Set<JobID> = []
    private(set) var pace = Pace()
    private var laneProgress: [LaneProgress?]
    /// The time of the last result, or of the first step in flight; `nil` if no step is in flight.
    private var waitingSince: Instant?

    /// A lease of the worker.
    struct Held {
        var lease: LeaseID
        var document: DocumentKey
        /// The bytes of the document's state, up to ``Limits/stateBytesPerWorker``: a larger state fills the worker
        /// alone.
        fileprivate(set) var stateBytes: Int
    }

    private struct LaneProgress {
        var count: UInt64
        var since: Instant
    }

    /// The seconds that one lane takes for a token, averaged over its latest steps.
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
    /// The most steps in hand of one document: its part of a lane's credit. Else the first document would take the
    /// whole credit, and the others would stand still until it ends.
    var stepsPerDocument: Int { max(1, credit / lanes - batch + 1) }

    /// Whether the lanes have enough steps in hand: two a lane, and more if they are short.
    var hasWorkToSpare: Bool {
        leases.count >= lanes && stepsInFlight >= Limits.stepsPerLane * lanes
            && tokensInFlight >= Limits.passesPerLane * rowsPerPass * lanes
    }

    /// Whether there is memory for another document's state.
    var hasMemory: Bool {
        guard leases.count < Limits.documentsPerWorker else { return false }
        return leases.count < lanes || leases.reduce(0) { $0 + $1.stateBytes } < mostStateBytes
    }

    /// The time at which the worker counts as lost, if no message comes and its lanes make no progress.
    var deadline: Instant {
        var deadline = lastHeard.advanced(by: Limits.workerSilence)
        for case let lane? in laneProgress { deadline = min(deadline, lane.since.advanced(by: Limits.laneSilence)) }
        // A worker whose lanes are idle for so long while steps are in flight has lost these steps.
        if let waitingSince { deadline = min(deadline, waitingSince.advanced(by: Limits.laneSilence)) }
        return deadline
    }

    /// - Parameter progress: one number for each lane, `nil` for an idle lane. A list of another length is ignored.
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

    /// - Parameter bytes: the bytes of the state of the lease's document.
    mutating func stateTakes(_ bytes: Int, of lease: LeaseID) {
        guard let index = leases.firstIndex(where: { $0.lease == lease }) else { return }
        // A state larger than the worker's memory fills it alone. The sum of all states does not overflow.
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

    /// Removes a lease, and takes its steps in flight off the counts.
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

    /// Forgets the refusal of a job that has ended: the same job may be submitted again.
    mutating func ended(_ job: JobID) {
        unfit.remove(job)
    }
}
