import Foundation
import TestSupport
import Testing

/// A cluster that is harmed at random, from a seed, for a time, while it does one job after the other.
///
/// The moments follow the machine's clock, so that a seed replays the kinds of faults, their order and their victims,
/// not every interleaving.
final class Chaos {
    enum Fault: Hashable, Sendable {
        case killWorker, stopWorker
        /// Shorter and longer than the silence after which a worker counts as gone (3.5 s).
        case pauseWorker, pauseWorkerForLong
        case killCoordinator
        case connection(FaultyProxy.Fault)
        case cutLink

        /// As people call it.
        var name: String {
            if case .connection(let fault) = self { "\(fault) of connections" } else { "\(self)" }
        }

        static let ofProcesses: [Fault] = [
            .killWorker, .stopWorker, .pauseWorker, .pauseWorkerForLong, .killCoordinator, .killWorker,
            .killCoordinator,
        ]
    }

    /// Where a worker runs and how it reaches the coordinator; whoever replaces it does the same.
    struct Place {
        let name: String
        var endpoint: String?
        var wrapper: [String] = []
        var host: Int?
    }

    private struct Worker {
        let process: RunningProcess
        var isPaused = false
    }

    private let cluster: Cluster
    private let places: [Place]
    private let proxy: FaultyProxy?
    private let network: Network?
    private let kinds: [Fault]
    private let start = ContinuousClock.now
    private var random: SplitMix64
    private var deck: [Fault] = []
    private var workers: [Worker] = []
    private var leaving: [RunningProcess] = []
    /// What ends a fault, and when.
    private var cures: [(due: ContinuousClock.Instant, run: () throws -> Void)] = []
    private var launched = 0
    private var jobs = 0
    private(set) var counts: [Fault: Int] = [:]
    /// What was done, for whoever looks for the reason of a failure.
    private(set) var story: String

    /// - Parameter places: one worker is at each of them.
    init(
        _ cluster: Cluster, places: [Place], proxy: FaultyProxy? = nil, network: Network? = nil, seed: UInt64
    ) throws {
        self.cluster = cluster
        self.places = places
        self.proxy = proxy
        self.network = network
        kinds =
            Fault.ofProcesses + (proxy == nil ? [] : FaultyProxy.Fault.allCases.map { .connection($0) })
            + (network == nil ? [] : [.cutLink])
        random = SplitMix64(seed: seed)
        story = "seed \(seed)\n"
        for place in places.indices { workers.append(try worker(at: place)) }
    }

    /// Harms the cluster for a time, and at least until it has suffered every kind of fault; then lets the last job
    /// end.
    func run(for time: Duration) throws {
        try beginJob()
        while start.duration(to: .now) < time || !Set(kinds).isSubset(of: counts.keys) {
            try endJob(isLast: false)
            if deck.isEmpty { deck = kinds.shuffled(using: &random) }
            if let fault = deck.popLast() { try harm(fault) }
            try pass(.milliseconds(Int.random(in: 100...900, using: &random)))
        }
        for cure in cures { try cure.run() }
        cures = []
        note("no more faults")
        try endJob(isLast: true)
        for process in leaving { #expect(try process.ended().status == 0, "a worker that was told to stop\n\(story)") }
    }

    /// One line of figures.
    var summary: String {
        let faults = counts.map { (name: $0.key.name, count: $0.value) }.sorted { $0.name < $1.name }
        return
            "chaos: \(jobs) jobs in \(start.duration(to: .now)) survived \(faults.reduce(0) { $0 + $1.count }) faults: "
            + faults.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
    }

    // MARK: - Jobs

    private func beginJob() throws {
        jobs += 1
        try ChaosJob.write(to: cluster.directory, number: jobs)
        _ = try cluster.submit("job-\(jobs).yaml")
        note("job \(jobs) begins")
    }

    /// Looks at the result of a job that is done, and begins the next one unless it is the last.
    private func endJob(isLast: Bool) throws {
        let isDone = cluster.directory.exists("rows-\(jobs).manifest.json")
        guard isDone || isLast else { return }
        // The same command again: the same job, done or not.
        let id = try cluster.submit("job-\(jobs).yaml")
        do {
            _ = try cluster.waitForStatus { $0.jobs.contains { $0.id == id && $0.state == "completed_with_errors" } }
        } catch {
            throw Failure("\(error)\n\(story)\(cluster.coordinator.errors.text)")
        }
        note("job \(jobs) is done")
        try ChaosJob.expectResult(in: cluster.directory, number: jobs, story)
        if !isLast { try beginJob() }
    }

    // MARK: - Faults

    private func harm(_ fault: Fault) throws {
        switch fault {
        case .killWorker, .stopWorker, .pauseWorker, .pauseWorkerForLong:
            guard let victim = workers.indices.filter({ !workers[$0].isPaused }).randomElement(using: &random) else {
                return
            }
            note("\(fault) \(places[victim].name)")
            try harm(victim, fault)
        case .killCoordinator:
            note("\(fault)")
            cluster.coordinator.send(SIGKILL)
            #expect(try cluster.coordinator.ended().status == 128 + SIGKILL, "\(story)")
            try cluster.restartCoordinator()
        case .connection(let kind):
            guard let proxy else { return }
            let connections = try proxy.suffer(kind)
            note("\(fault.name), \(connections) of them")
            // Nobody was harmed: it does not count.
            guard connections > 0 else { return deck.insert(fault, at: 0) }
            if kind == .stall || kind == .delay { cure(after: 500...4500) { proxy.heal() } }
        case .cutLink:
            guard let network, let host = places.compactMap(\.host).randomElement(using: &random) else { return }
            note("\(fault) of host \(host)")
            try network.setLink(of: host, isUp: false)
            cure(after: 300...5000) { try network.setLink(of: host, isUp: true) }
        }
        counts[fault, default: 0] += 1
    }

    private func harm(_ victim: Int, _ fault: Fault) throws {
        let process = workers[victim].process
        switch fault {
        case .killWorker:
            process.send(SIGKILL)
            #expect(try process.ended().status == 128 + SIGKILL, "\(story)")
            workers[victim] = try worker(at: victim)
        case .stopWorker:
            process.send(SIGTERM)
            leaving.append(process)
            workers[victim] = try worker(at: victim)
        default:
            process.send(SIGSTOP)
            workers[victim].isPaused = true
            cure(after: fault == .pauseWorker ? 300...2000 : 4000...5500) { [unowned self] in
                process.send(SIGCONT)
                workers[victim].isPaused = false
            }
        }
    }

    private func worker(at place: Int) throws -> Worker {
        launched += 1
        let (name, at) = ("\(places[place].name)-\(launched)", places[place])
        return Worker(process: try cluster.launchWorker(name, wrapper: at.wrapper, endpoint: at.endpoint))
    }

    private func cure(after milliseconds: ClosedRange<Int>, _ run: @escaping () throws -> Void) {
        let wait = Duration.milliseconds(Int.random(in: milliseconds, using: &random))
        cures.append((.now + wait, run))
    }

    /// Lets time pass, in which faults end whose time has come. A coordinator that ends by itself ends the test.
    private func pass(_ time: Duration) throws {
        let end = ContinuousClock.now + time
        while ContinuousClock.now < end {
            let next = min(end, cures.map(\.due).min() ?? end)
            if next > .now, cluster.coordinator.errors.isClosed(within: ContinuousClock.now.duration(to: next)) {
                throw Failure("the coordinator has ended\n\(story)\(cluster.coordinator.errors.text)")
            }
            let due = cures.filter { $0.due <= .now }
            cures.removeAll { $0.due <= .now }
            for cure in due { try cure.run() }
        }
    }

    private func note(_ event: String) {
        story += "\(start.duration(to: .now)) \(event)\n"
    }
}

/// What a cluster in chaos does: documents that take a part of a second each, and one bad line.
enum ChaosJob {
    private static let tokenCounts = (0..<30).map { 6000 + $0 * 797 % 9000 }

    /// Writes `job-NUMBER.yaml` and what it needs.
    static func write(to directory: TemporaryDirectory, number: Int) throws {
        if !directory.exists("documents.jsonl") {
            try TinyModel.write(to: directory.path("tiny"), seed: 1)
            try directory.write("{}\n" + Documents.lines(tokenCounts: tokenCounts, seed: 11), to: "documents.jsonl")
        }
        try directory.writeJob(
            "score", model: "tiny", output: "rows-\(number).jsonl",
            options: "score: {per: token}\nchunk_tokens: 1024", to: "job-\(number).yaml")
    }

    /// Compares what the job left with what it leaves when nothing disturbs it.
    static func expectResult(in directory: TemporaryDirectory, number: Int, _ story: String) throws {
        let undisturbed = try undisturbed.get()
        // Not as arguments of the macro, which would describe megabytes.
        let isSame = try directory.bytes("rows-\(number).jsonl") == undisturbed.rows
        #expect(isSame, "rows of job \(number)\n\(story)")
        #expect(try directory.bytes("rows-\(number).errors.jsonl") == undisturbed.errors, "\(story)")
        let ids = try directory.rows("rows-\(number).jsonl", as: Identified.self).map(\.id)
        #expect(ids == tokenCounts.indices.map { "d\($0)" }, "\(story)")
        let manifest = try directory.manifest("rows-\(number).manifest.json")
        #expect(manifest.counts.documents == tokenCounts.count && manifest.counts.errors == 1, "\(story)")
        #expect(!directory.exists("rows-\(number).work"), "\(story)")
    }

    private struct Identified: Decodable {
        let id: String
    }

    private static let undisturbed = Result {
        try UndisturbedRun("job-0.yaml", output: "rows-0", status: 2) { try write(to: $0, number: 0) }
    }
}
