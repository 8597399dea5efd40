import Coordination
import Jobs

/// Watches what the scheduler decides, over every start of the coordinator, and knows of leases only what it saw.
struct Referee {
    private struct Lease {
        var worker: WorkerID
        var document: DocumentKey
        var plan: StepPlan
        var sent = 0
        var recorded = 0
        var tokensSent = 0
        var isReadToEnd = false
        /// No step can follow those that were sent.
        var hasLastStepOut = false
        var sample = 0
        var made = 0

        mutating func begin(from point: ResumePoint) {
            sent = point.steps
            recorded = point.steps
            tokensSent = point.tokens
            guard let generating = point.generating else { return }
            isReadToEnd = true
            sample = generating.sample
            made = generating.made
        }
    }

    private struct Worker {
        var lanes: Int
        var batch: Int
        var credit: Int
        var profile: String
        var refused: Set<JobID> = []
    }

    private var leases: [LeaseID: Lease] = [:]
    private var holders: [DocumentKey: LeaseID] = [:]
    private var workers: [WorkerID: Worker] = [:]
    /// On which each document was computed last.
    private var profiles: [DocumentKey: String] = [:]
    private var newest = LeaseID(0)

    var laneCount: Int { workers.values.reduce(0) { $0 + $1.lanes } }

    func document(of lease: LeaseID) -> DocumentKey? { leases[lease]?.document }
    /// The live lease of a document, its worker and how many of its results were taken.
    func holder(of document: DocumentKey) -> (lease: LeaseID, worker: WorkerID, recorded: Int)? {
        holders[document].flatMap { id in leases[id].map { (id, $0.worker, $0.recorded) } }
    }

    mutating func joined(_ worker: WorkerID, _ hello: PeerMessage.Hello) {
        workers[worker] = Worker(lanes: hello.lanes, batch: hello.batch, credit: hello.credit, profile: hello.profile)
    }

    mutating func refused(_ worker: WorkerID, _ lease: LeaseID) {
        guard let lease = leases[lease], lease.worker == worker else { return }
        workers[worker]?.refused.insert(lease.document.job)
    }

    mutating func coordinatorEnded() {
        leases = [:]
        holders = [:]
        workers = [:]
        profiles = [:]
    }

    /// The order within one list of actions: nothing is said that rests on what is not yet recorded.
    func checkOrder(_ actions: [CoordinatorAction<ConnectionID>]) throws(Violation) {
        var spoken: Set<DocumentKey> = []
        var hasSent = false
        for action in actions {
            switch action {
            case .record(let key, _, _, _) where hasSent, .keepSnapshot(let key, _, _, _, _) where hasSent,
                .completeDocument(let key) where spoken.contains(key),
                .failDocument(let key, _) where spoken.contains(key),
                .restartDocument(let key, _) where spoken.contains(key):
                throw Violation(.recordBeforeSend, "\(action) after something was said of \(key)")
            case .grant(_, _, let key, _, _), .sendStep(_, _, let key, _, _, _):
                spoken.insert(key)
                hasSent = true
            case .release(_, let lease):
                if let key = leases[lease]?.document { spoken.insert(key) }
                hasSent = true
            case .welcome, .heartbeat:
                hasSent = true
            default: break
            }
        }
    }

    /// - Returns: whether the document is computed on another profile than before.
    mutating func granted(
        _ worker: WorkerID, _ lease: LeaseID, _ document: DocumentKey, _ plan: StepPlan,
        from snapshot: PretendLedger.Snapshot?
    ) throws(Violation) -> Bool {
        guard holders[document] == nil else { throw Violation(.oneLiveLease, "\(lease) of \(document)") }
        guard lease > newest else { throw Violation(.leasesGrow, "\(lease) after \(newest)") }
        guard let (lanes, batch, profile) = workers[worker].map({ ($0.lanes, $0.batch, $0.profile) }) else {
            throw Violation(.lanes, "\(worker) is not there")
        }
        // Each that is only read has a lane; those that generate have a part of one.
        let busy = leases.values.filter { $0.worker == worker && !$0.hasLastStepOut }
        let share = busy.reduce(0) { $0 + ($1.plan.generation == nil ? batch : 1) }
        guard share < lanes * batch else {
            throw Violation(.lanes, "\(worker) has \(busy.count) documents on \(lanes) lanes for \(batch) each")
        }
        newest = lease
        leases[lease] = Lease(worker: worker, document: document, plan: plan)
        if let snapshot {
            guard snapshot.profile == profile else {
                throw Violation(.profile, "\(document) goes on from \(snapshot.profile) on \(profile)")
            }
            leases[lease]?.begin(from: snapshot.point)
        }
        holders[document] = lease
        let before = profiles.updateValue(profile, forKey: document) ?? profile
        guard before != profile else { return false }
        if let other = workers.first(where: { $0.value.profile == before && !$0.value.refused.contains(document.job) })
        {
            throw Violation(.profile, "\(document) goes from \(before) to \(profile), and \(other.key) is there")
        }
        return true
    }

    mutating func sent(
        _ worker: WorkerID, _ id: LeaseID, _ number: Int, _ work: StepPlan.Work
    ) throws(Violation) {
        guard var lease = leases[id], lease.worker == worker else {
            throw Violation(.liveLeasesOnly, "a step of \(id)")
        }
        guard number == lease.sent else {
            throw Violation(.stepsInOrder, "step \(number) of \(id) after \(lease.sent)")
        }
        lease.sent += 1
        switch work {
        case .read(let range, let isLast):
            guard range.lowerBound == lease.tokensSent, !lease.isReadToEnd else {
                throw Violation(.stepsInOrder, "\(id) reads \(range) after \(lease.tokensSent)")
            }
            guard range.count == lease.plan.chunkTokens || isLast else {
                throw Violation(.stepsInOrder, "\(id) reads \(range), which is no whole chunk")
            }
            lease.tokensSent = range.upperBound
            lease.isReadToEnd = isLast
            lease.hasLastStepOut = isLast && lease.plan.generation == nil
        case .generate(let sample, let atMost):
            guard let generation = lease.plan.generation, lease.isReadToEnd, lease.recorded == number,
                sample == lease.sample, lease.made + atMost <= generation.maxTokens
            else { throw Violation(.stepsInOrder, "\(id) generates \(atMost) of sample \(sample)") }
            lease.hasLastStepOut =
                sample == generation.samples - 1 && lease.made + atMost == generation.maxTokens
        }
        leases[id] = lease
        let inHand = leases.values.reduce(0) { $0 + ($1.worker == worker ? $1.sent - $1.recorded : 0) }
        guard let credit = workers[worker]?.credit, inHand <= credit else {
            throw Violation(.credit, "\(worker) has \(inHand) steps in hand")
        }
    }

    /// - Parameters:
    ///   - result: what is recorded, as its worker made it.
    ///   - worker: who sent it.
    mutating func recorded(
        _ document: DocumentKey, _ id: LeaseID, _ result: StepResult, from worker: WorkerID
    ) throws(Violation) {
        guard let lease = leases[id], lease.document == document, result.lease == id, lease.worker == worker else {
            throw Violation(
                .liveLeasesOnly, "\(result.lease), number \(result.number), of \(worker) as \(id) of \(document)")
        }
        guard result.number == lease.recorded, result.number < lease.sent else {
            throw Violation(.recordedOnce, "number \(result.number) of \(id), where \(lease.recorded) belongs")
        }
        leases[id]?.recorded += 1
        if case .output(let output) = result.outcome, let generated = output.generated {
            leases[id]?.made += generated.tokens.count
            if generated.finish != nil {
                leases[id]?.sample += 1
                leases[id]?.made = 0
            }
        }
    }

    /// The lease of a document that starts again, if it has one, is over; that of one released too.
    mutating func ended(_ document: DocumentKey) {
        if let lease = holders.removeValue(forKey: document) { leases[lease] = nil }
    }

    mutating func released(_ lease: LeaseID) {
        if let document = leases.removeValue(forKey: lease)?.document, holders[document] == lease {
            holders[document] = nil
        }
    }

    mutating func forgotten(_ worker: WorkerID) throws(Violation) {
        workers[worker] = nil
        if let held = leases.first(where: { $0.value.worker == worker }) {
            throw Violation(.liveLeasesOnly, "\(worker) is forgotten, and holds \(held.key)")
        }
    }
}
