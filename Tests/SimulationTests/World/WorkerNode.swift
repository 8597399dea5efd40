import Coordination
import Jobs
import TestSupport

/// A worker's daemon: its machine, its lanes, and what it holds.
final class WorkerNode {
    /// Its place in the world.
    let place: Int
    let lanes: Int
    /// Steps that a lane computes side by side.
    let batch: Int
    let credit: Int
    let profile: String
    /// How long a step takes, in milliseconds.
    let stepTime: ClosedRange<Int>
    /// Jobs that it lacks the model for.
    let unfit: Set<JobID>

    /// Which process, counted from its first start. What was meant for an earlier one does not reach it.
    private(set) var life = 0
    /// `nil`: not running.
    var machine: WorkerMachine?
    private(set) var instance: UInt64 = 0
    var isPaused = false
    /// What waits for a paused process.
    var held: [Occurrence] = []
    var areLanesSlow = false
    /// The next step that a lane begins never ends.
    var isLaneStuckNext = false
    /// Nothing that they have ends.
    var stuckLanes: Set<Int> = []

    var connection: ConnectionID?
    var isConnecting = false
    /// Said while there was no connection.
    var outbox: [PeerMessage] = []
    var nextTick: Instant?

    private var models: [LeaseID: (model: PretendModel?, job: JobID, next: Int)] = [:]
    private var computing: [Int: Set<LeaseID>] = [:]
    /// Of each lane.
    private(set) var stepsComputed: [UInt64] = []

    init(place: Int, unfit: Set<JobID>, _ random: inout SplitMix64) {
        self.place = place
        self.unfit = unfit
        lanes = Int.random(in: 1...4, using: &random)
        batch = random.chance(0.5) ? 1 : Int.random(in: 2...6, using: &random)
        credit = random.chance(0.8) ? (batch + 1) * lanes : Int.random(in: 1...12, using: &random)
        profile = random.chance(0.6) ? "one" : "two"
        let slowest = random.chance(0.3) ? 600 : 60
        stepTime = 1...slowest
    }

    var isRunning: Bool { machine != nil }
    var leasesOpen: Int { models.count }

    func start(at now: Instant, instance: UInt64) {
        life += 1
        stepsComputed = Array(repeating: 0, count: lanes)
        self.instance = instance
        let hello = PeerMessage.Hello(
            name: "worker \(place)", instance: instance, lanes: lanes, batch: batch, credit: credit, profile: profile)
        machine = WorkerMachine(hello: hello, now: now)
        nextTick = nil
    }

    func end() {
        machine = nil
        isPaused = false
        held = []
        connection = nil
        isConnecting = false
        outbox = []
        models = [:]
        computing = [:]
        stuckLanes = []
    }

    func open(_ grant: LeaseGrant) throws(Violation) {
        guard models[grant.lease] == nil else { throw Violation(.worker, "\(grant.lease) is opened again") }
        let model =
            if let snapshot = grant.snapshot {
                PretendModel(snapshot: snapshot.bytes, task: grant.task)
            } else {
                PretendModel(documentID: grant.documentID, task: grant.task)
            }
        models[grant.lease] = (model, grant.document.job, grant.firstStep)
    }

    /// The state that the lease's computed steps left; `nil`: there were none.
    func snapshot(of lease: LeaseID) -> FrameBytes? { (models[lease]?.model?.snapshot).map { FrameBytes($0) } }

    func close(_ lease: LeaseID) throws(Violation) {
        guard models.removeValue(forKey: lease) != nil else { throw Violation(.worker, "\(lease) is closed twice") }
    }

    /// Computes a step; the lane has it until ``laneEnded(_:on:)``.
    func compute(_ step: Step, on lane: Int) throws(Violation) -> ComputedStep {
        guard computing[lane, default: []].count < batch, (0..<lanes).contains(lane) else {
            throw Violation(.worker, "lane \(lane) gets \(step.lease) beyond its batch")
        }
        guard let held = models[step.lease], held.next == step.number else {
            throw Violation(.worker, "step \(step.number) of \(step.lease), which is not the next")
        }
        guard !computing.values.contains(where: { $0.contains(step.lease) }) else {
            throw Violation(.worker, "two steps of \(step.lease) at once")
        }
        computing[lane, default: []].insert(step.lease)
        if !stuckLanes.contains(lane) { stepsComputed[lane] += 1 }
        if unfit.contains(held.job) { return .unable(Failure(code: "model", message: "no such model here")) }
        models[step.lease]?.next += 1
        guard let outcome = models[step.lease]?.model?.compute(step.work) else {
            return .unreadableSnapshot(Failure(code: "snapshot", message: "its checksum is another one"))
        }
        guard step.wantsSnapshot, case .output = outcome else { return .outcome(outcome) }
        return .outcome(outcome, snapshot: snapshot(of: step.lease))
    }

    func laneEnded(_ lease: LeaseID, on lane: Int) {
        computing[lane]?.remove(lease)
    }
}
