/// A worker as the scheduler sees it: what it can take, what it holds, and when it was last heard.
struct WorkerSession {
    let lanes: Int
    let credit: Int
    let profile: String
    var lastHeard: Instant
    /// In the order they were granted.
    private(set) var leases: [(lease: LeaseID, document: DocumentKey)] = []
    private(set) var stepsInFlight = 0
    /// Jobs that this worker has refused.
    private(set) var unfit: Set<JobID> = []

    init(lanes: Int, credit: Int, profile: String, now: Instant) {
        precondition(lanes > 0 && credit > 0, "what a hello says is checked where it arrives")
        self.lanes = lanes
        self.credit = credit
        self.profile = profile
        lastHeard = now
    }

    var hasCredit: Bool { stepsInFlight < credit }
    /// A document has no more than a lane's part of the credit in hand: else the first of them takes all of it, and the
    /// other lanes stand still until it ends.
    var stepsPerDocument: Int { max(1, credit / lanes) }
    var deadline: Instant { lastHeard.advanced(by: Limits.workerSilence) }

    mutating func granted(_ lease: LeaseID, _ document: DocumentKey) {
        leases.append((lease, document))
    }

    mutating func stepSent() {
        stepsInFlight += 1
    }

    mutating func resultArrived() {
        stepsInFlight -= 1
    }

    /// - Parameter stepsInFlight: of this lease; they count no longer.
    mutating func released(_ lease: LeaseID, stepsInFlight steps: Int) {
        leases.removeAll { $0.lease == lease }
        stepsInFlight -= steps
    }

    mutating func refused(_ job: JobID) {
        unfit.insert(job)
    }

    /// A job that is handed in again is another try.
    mutating func ended(_ job: JobID) {
        unfit.remove(job)
    }
}
