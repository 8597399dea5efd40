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

    /// The most restarts of workers while no document ends: more ends than these have a common reason. One document
    /// alone cannot cause so many (``Limits/workersLostPerStep``).
    private static let restarts = 5
    /// The time that children may take to end. Later they end with this process.
    private static let patience = Duration.seconds(5)

    let events: Mailbox<Event>
    private let lanes: Int
    private let batch: Int?
    private let modelDirectory: String?
    /// The coordinator's endpoint, which only its children and its user reach.
    private let place: PrivateEndpoint
    private var coordinator: ChildProcess?
    private var workers: [Int: ChildProcess] = [:]
    private var restartsLeft = restarts
    private var hasCoordinator = true
    private(set) var endpoint: String?

    /// Starts the coordinator. It has no state directory, because the data that survives a crash is beside the jobs'
    /// outputs.
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

    /// Starts workers, once the coordinator's endpoint is known.
    func startWorkers(_ count: Int, endpoint: String) throws {
        self.endpoint = endpoint
        for number in 1...count { try startWorker(number) }
    }

    /// Notes that a worker has ended.
    /// - Returns: whether another one was started.
    func workerEnded(_ number: Int) throws -> Bool {
        workers[number] = nil
        guard restartsLeft > 0 else { return false }
        restartsLeft -= 1
        try startWorker(number)
        return true
    }

    /// Notes that documents have ended, so that not every document ends its worker.
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

    /// Ends all children and waits for them. Workers hand back their leases, and the coordinator makes them durable.
    /// The next process needs its ledgers and the processors.
    func end() {
        // Without a coordinator no worker can hand anything back.
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

    /// Notes that the coordinator has ended by itself.
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
