import Coordination
import Threads

/// A coordinator and workers on this machine, as child processes.
final class LocalCluster {
    enum Event: Sendable {
        case listening(String)
        case coordinator(ChildProcess.Event)
        case worker(Int, ChildProcess.Event)
        case signal(Int32)
    }

    /// Workers that end by themselves are started again so many times while no document ends; what ends that often has
    /// a reason. More than a single document can bring about (``Limits/workersLostPerStep``).
    private static let restarts = 5
    /// How long children may take to end. What takes longer ends when this process does.
    private static let patience = Duration.seconds(5)

    let events: Mailbox<Event>
    private let lanes: Int
    private let batch: Int?
    private let modelDirectory: String?
    /// Where the coordinator listens: for its children and its user alone.
    private let place: PrivateEndpoint
    private var coordinator: ChildProcess?
    private var workers: [Int: ChildProcess] = [:]
    private var restartsLeft = restarts
    private var hasCoordinator = true
    private(set) var endpoint: String?

    /// Starts the coordinator. What survives a crash lies beside the jobs' outputs, so it needs no memory of its own.
    /// - Parameter coordinatorOptions: further arguments of the coordinator.
    init(lanes: Int, batch: Int?, modelDirectory: String?, coordinatorOptions: [String] = []) throws {
        self.lanes = lanes
        self.batch = batch
        self.modelDirectory = modelDirectory
        events = try Mailbox()
        let events = events
        let place = try PrivateEndpoint()
        self.place = place
        do {
            coordinator = try ChildProcess(
                "coordinator",
                arguments: [
                    "coordinator", "--bind", place.endpoint, "--ephemeral", "--print-endpoint", "--log-level",
                    "warning",
                ] + coordinatorOptions,
                output: { events.post(.listening($0)) },
                post: { events.post(.coordinator($0)) })
        } catch {
            PrivateEndpoint.remove(place.endpoint)
            throw error
        }
    }

    var workerCount: Int { workers.count }

    /// Starts workers, once it is known where the coordinator listens.
    func startWorkers(_ count: Int, endpoint: String) throws {
        self.endpoint = endpoint
        for number in 1...count { try startWorker(number) }
    }

    /// A worker has ended.
    /// - Returns: whether another one was started in its place.
    func workerEnded(_ number: Int) throws -> Bool {
        workers[number] = nil
        guard restartsLeft > 0 else { return false }
        restartsLeft -= 1
        try startWorker(number)
        return true
    }

    /// Documents have ended: what ends workers is not what all of them meet.
    func noteProgress() {
        restartsLeft = Self.restarts
    }

    /// Kills a worker (SIGKILL).
    func kill(worker number: Int) {
        workers[number]?.kill()
    }

    /// Kills the coordinator (SIGKILL).
    func killCoordinator() {
        coordinator?.kill()
    }

    /// Ends all children, and waits until they have: workers give back what they hold, the coordinator puts it on the
    /// disk, and whoever comes next needs its ledgers and the processors.
    func end() {
        // Without a coordinator nobody takes anything back.
        for worker in workers.values {
            if hasCoordinator { worker.terminate() } else { worker.kill() }
        }
        wait { self.workers.isEmpty }
        coordinator?.terminate()
        wait { !self.hasCoordinator }
        PrivateEndpoint.remove(place.endpoint)
    }

    private func wait(until isOver: () -> Bool) {
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while !isOver(), let event = events.wait(timeout: ContinuousClock.now.duration(to: deadline)) {
            switch event {
            case .coordinator(.ended): hasCoordinator = false
            case .worker(let number, .ended): workers[number] = nil
            case .listening, .signal, .coordinator(.line), .worker(_, .line): break
            }
        }
    }

    /// The coordinator has ended by itself.
    func coordinatorEnded() {
        hasCoordinator = false
    }

    private func startWorker(_ number: Int) throws {
        guard let endpoint else { preconditionFailure("workers start when the coordinator listens") }
        let events = events
        var arguments = [
            "worker", "--connect", endpoint, "--lanes", "\(lanes)", "--name", "worker \(number)",
            "--log-level", "warning",
        ]
        if let batch { arguments += ["--batch", "\(batch)"] }
        if let modelDirectory { arguments += ["--model-dir", modelDirectory] }
        workers[number] = try ChildProcess("worker \(number)", arguments: arguments) {
            events.post(.worker(number, $0))
        }
    }
}
