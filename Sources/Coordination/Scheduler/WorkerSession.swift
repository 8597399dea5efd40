/// A worker as the scheduler sees it: what it can take, what it holds, how fast it is, and when it was last heard.
struct WorkerSession {
    let lanes: Int
    let credit: Int
    let profile: String
    var lastHeard: Instant
    /// It takes nothing more.
    var isDraining = false
    /// In the order they were granted.
    private(set) var leases: [(lease: LeaseID, document: DocumentKey)] = []
    private(set) var stepsInFlight = 0
    /// Bytes of messages that steps in flight may cause, and of snapshots that leases began with.
    private(set) var bytesInFlight = 0
    /// Jobs that this worker has refused.
    private(set) var unfit: Set<JobID> = []
    private(set) var pace = Pace()
    private var laneProgress: [LaneProgress?]

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

    init(lanes: Int, credit: Int, profile: String, now: Instant) {
        precondition(lanes > 0 && credit > 0, "what a hello says is checked where it arrives")
        self.lanes = lanes
        self.credit = credit
        self.profile = profile
        lastHeard = now
        laneProgress = Array(repeating: nil, count: lanes)
    }

    var hasCredit: Bool { stepsInFlight < credit && !isDraining }
    /// A document has no more than a lane's part of the credit in hand: else the first of them takes all of it, and the
    /// other lanes stand still until it ends.
    var stepsPerDocument: Int { max(1, credit / lanes) }

    /// When the worker is given up if nothing is heard of it, or its lanes move no further.
    var deadline: Instant {
        let silence = lastHeard.advanced(by: Limits.workerSilence)
        return laneProgress.compactMap { $0?.since.advanced(by: Limits.laneSilence) }.min().map { min($0, silence) }
            ?? silence
    }

    /// - Parameter progress: of the lanes, `nil` for idle ones. Of a worker that says something else than its lanes' it
    ///   is passed over.
    mutating func heard(_ progress: [UInt64?], at now: Instant) {
        lastHeard = now
        guard progress.count == lanes else { return }
        for (lane, count) in progress.enumerated() {
            guard laneProgress[lane]?.count != count || count == nil else { continue }
            laneProgress[lane] = count.map { LaneProgress(count: $0, since: now) }
        }
    }

    mutating func granted(_ lease: LeaseID, _ document: DocumentKey) {
        leases.append((lease, document))
    }

    mutating func stepSent(bytes: Int) {
        stepsInFlight += 1
        bytesInFlight += bytes
    }

    mutating func resultArrived(bytes: Int) {
        stepsInFlight -= 1
        bytesInFlight -= bytes
    }

    mutating func note(seconds: Double, isGenerating: Bool) {
        pace.note(seconds: seconds, isGenerating: isGenerating)
    }

    /// - Parameters:
    ///   - steps: in flight, of this lease; they count no longer.
    ///   - bytes: of those.
    mutating func released(_ lease: LeaseID, stepsInFlight steps: Int, bytes: Int) {
        leases.removeAll { $0.lease == lease }
        stepsInFlight -= steps
        bytesInFlight -= bytes
    }

    mutating func refused(_ job: JobID) {
        unfit.insert(job)
    }

    /// A job that is handed in again is another try.
    mutating func ended(_ job: JobID) {
        unfit.remove(job)
    }
}
