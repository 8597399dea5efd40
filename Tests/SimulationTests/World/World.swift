import Coordination
import Jobs
import TestSupport

/// A coordinator, workers and what happens to them, all drawn from one seed: the same seed is the same history.
///
/// The machines of the coordinator, of its jobs and of the workers are the real ones. Their threads, the network, the
/// inputs, the model, the ledger and the disk are pretend, and do only what the real ones are meant to do.
final class World {
    var random: SplitMix64
    var now = Instant()
    var agenda = Agenda<Occurrence>()
    var network: Network
    var ledger = PretendLedger()
    var disk = PretendDisk()
    var referee = Referee()
    var tally = Tally()
    /// Everything that happened, for those who look for the reason; kept only on request.
    private(set) var trace: [String]?

    let jobs: [PretendJob]
    let jobPlaces: [JobID: Int]
    let workers: [WorkerNode]
    var coordinator: CoordinatorNode?
    var epoch: UInt32 = 0
    let plant: Plant?
    let policy: SnapshotPolicy
    /// Every lease there ever was; the planted bugs need it.
    var granted: [LeaseID: DocumentKey] = [:]

    /// Old messages come again, on connections that are still open. ZeroMQ does not do that; who means harm may.
    let isHostile: Bool
    /// Messages travel as frames.
    let usesFrames: Bool
    /// What a worker says while it has no connection waits for the next one.
    let queuesWithoutConnection: Bool
    /// Milliseconds from the coordinator to its storage, and back, at most.
    let slowestStorage: Int
    /// Milliseconds that the storage's disk takes for each thing that must be durable, at most.
    let slowestDisk: Int
    /// The coordinator notices at once that a connection it sends on is closed.
    let noticesClosedConnections: Bool
    var areFaultsOver = false
    /// When all jobs must be completed.
    private var limit: Instant?

    static let timeOfFaults = 30_000

    init(seed: UInt64, plant: Plant? = nil, isTraced: Bool = false) {
        var random = SplitMix64(seed: seed)
        let jobs = (0..<Int.random(in: 1...3, using: &random)).map { PretendJob(number: $0, &random) }
        workers = (0..<Int.random(in: 1...5, using: &random)).map { place in
            // The first worker can do everything, so that everything can be done.
            let unfit = place == 0 ? [] : jobs.map(\.id).filter { _ in random.chance(0.1) }
            return WorkerNode(place: place, unfit: Set(unfit), &random)
        }
        self.jobs = jobs
        self.plant = plant
        jobPlaces = Dictionary(uniqueKeysWithValues: jobs.enumerated().map { ($0.element.id, $0.offset) })
        network = Network(&random)
        policy =
            random.chance(0.5)
            ? SnapshotPolicy(steps: Int.random(in: 1...4, using: &random))
            : SnapshotPolicy(interval: .milliseconds(Int.random(in: 0...5000, using: &random)))
        isHostile = random.chance(0.2)
        usesFrames = random.chance(0.05)
        queuesWithoutConnection = random.chance(0.5)
        noticesClosedConnections = random.chance(0.5)
        slowestStorage = random.chance(0.6) ? 0 : random.chance(0.7) ? 20 : 500
        slowestDisk = random.chance(0.5) ? 0 : random.chance(0.7) ? 50 : 1000
        trace = isTraced ? [] : nil
        self.random = random
        dealFaults()
        begin()
    }

    /// Lives through it all.
    func run() throws(Violation) {
        while let (time, occurrence) = agenda.next() {
            now = time
            note("\(occurrence)")
            if let limit, limit < now {
                throw Violation(.progress, "not over at \(now.sinceStart): \(ledger.running)")
            }
            try handle(occurrence)
            if isOver { break }
        }
        try checkWhatIsLeft()
    }

    func note(_ line: @autoclosure () -> String) {
        trace?.append("\(now.sinceStart) \(line())")
    }

    func job(_ id: JobID) -> PretendJob? { jobPlaces[id].map { jobs[$0] } }

    private func begin() {
        agenda.add(.coordinatorStarts, at: now.advanced(by: random.duration(0...3000)))
        for worker in workers {
            agenda.add(.workerStarts(place: worker.place), at: now.advanced(by: random.duration(0...3000)))
        }
        for place in jobs.indices {
            agenda.add(.jobSubmitted(place), at: now.advanced(by: random.duration(0...10_000)))
        }
        agenda.add(.faultsEnd, at: now.advanced(by: .milliseconds(Self.timeOfFaults)))
    }

    func handle(_ occurrence: Occurrence) throws(Violation) {
        switch occurrence {
        case .arrivalAtCoordinator, .doubledAtCoordinator, .coordinatorTick, .inputsRead, .documentRead,
            .coordinatorStarts, .coordinatorResumes, .jobSubmitted, .snapshotWritten, .snapshotSynchronized,
            .storageHears, .storageTells, .storageTick, .diskWorks:
            try handleAtCoordinator(occurrence)
        case .arrivalAtWorker, .doubledAtWorker, .workerTick, .laneDone, .workerConnects, .workerStarts, .workerResumes:
            try handleAtWorker(occurrence)
        case .fault(let fault):
            try inflict(fault)
        case .faultsEnd:
            try endFaults()
        }
    }

    func setLimit() {
        let steps = jobs.reduce(0) { $0 + $1.steps }
        let slowest = workers.map(\.stepTime.upperBound).max() ?? 0
        // As if one lane did everything, with a round trip for each step, after everyone has found each other.
        // A lane that is stuck is noticed late, and a document may wait for its profile.
        limit = now.advanced(
            by: .seconds(60) + Limits.laneSilence + Limits.profilePatience + Limits.returnPatience * 4
                + .milliseconds((slowest + slowestStorage * 2 + slowestDisk * 4 + 1000) * steps))
    }

    /// When everything was completed and the last releases have arrived.
    private var isOver: Bool {
        guard areFaultsOver, ledger.order.count == jobs.count, ledger.isEverythingOver, coordinator != nil,
            workers.allSatisfy(\.isRunning)
        else {
            quietSince = nil
            return false
        }
        let since = quietSince ?? now
        quietSince = since
        // Whoever missed a release says hello again after this silence.
        return since.duration(to: now) > Limits.coordinatorSilence + .seconds(3)
    }

    private var quietSince: Instant?

    /// A job that is done has all its rows, whatever has happened since.
    func checkRows(of job: PretendJob) throws(Violation) {
        let rows = disk.rows[job.id]?.elements ?? []
        for (ordinal, ending) in job.endings.enumerated() {
            guard rows.indices.contains(ordinal), rows[ordinal].ordinal == ordinal else {
                throw Violation(.acknowledgedRowSurvives, "document \(ordinal) of \(job.id) has no row")
            }
            guard rows[ordinal].ending == ending else {
                throw Violation(.rightRows, "document \(ordinal) of \(job.id): \(rows[ordinal].ending)")
            }
        }
    }

    private func checkWhatIsLeft() throws(Violation) {
        for job in jobs where ledger.states[job.id] == .completed { try checkRows(of: job) }
        guard let coordinator, coordinator.documents.isEmpty, coordinator.jobs.isEmpty else {
            throw Violation(.nothingLeft, "the coordinator has open documents")
        }
        for worker in workers {
            guard worker.isRunning else { throw Violation(.nothingLeft, "worker \(worker.place) is gone") }
            // Old messages that come again may open a lease again, and nobody will release it.
            if !isHostile, worker.leasesOpen > 0 {
                throw Violation(.nothingLeft, "worker \(worker.place) has \(worker.leasesOpen) leases open")
            }
        }
    }
}
