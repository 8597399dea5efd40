import Coordination
import Threads
import ZeroMQ

/// Pretend workers, all on one thread, each on a connection of its own.
struct PretendWorkers: ~Copyable {
    /// A command that ends ``run(onJoined:)``.
    enum Command: Sendable { case stop }

    private let workers: [PretendWorker]
    private let commands: Mailbox<Command>
    private let start = ContinuousClock.now

    /// - Throws: `ZeroMQError`, `ThreadError`.
    init(_ count: Int, endpoint: String, embeddingSize: Int, commands: Mailbox<Command>) throws {
        let context = try Context()
        workers = try (1...count).map {
            try PretendWorker(number: $0, endpoint: endpoint, embeddingSize: embeddingSize, in: context)
        }
        self.commands = commands
    }

    /// Works until told to stop.
    /// - Parameter onJoined: a function that is called once, when the coordinator has welcomed all workers.
    /// - Throws: `ZeroMQError`, ``PretendWorker/Ended``, or the error in a message.
    func run(onJoined: () -> Void) throws {
        var poller = Poller()
        let commanded = poller.add(commands)
        let items = workers.map { poller.add($0.socket) }
        var haveJoined = false
        while true {
            for (worker, item) in zip(workers, items) {
                poller.setInterest(worker.hasUnsent ? [.readable, .writable] : .readable, of: item)
            }
            let deadline = workers.map(\.nextDeadline).min() ?? now
            let ready = Set(try poller.wait(timeout: now.duration(to: deadline)))
            if ready.contains(commanded), !commands.drain().isEmpty { return }
            for (worker, item) in zip(workers, items) where ready.contains(item) || worker.nextDeadline <= now {
                try worker.work(at: now)
            }
            if !haveJoined, workers.allSatisfy(\.isJoined) {
                haveJoined = true
                onJoined()
            }
        }
    }

    private var now: Instant { Instant(sinceStart: start.duration(to: .now)) }
}
