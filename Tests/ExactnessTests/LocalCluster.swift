import Coordination
import CoordinatorClient
import CoordinatorDaemon
import Inference
import Jobs
import Kernels
import Logging
import ModelFiles
import TestSupport
import Threads
import WorkerDaemon

/// The real daemons, each on a thread of this process, talking over TCP.
final class LocalCluster {
    /// How long a job may take. Reached only by a failure.
    private static let patience = Duration.seconds(120)

    private let said: Mailbox<Remark>
    private let client: CoordinatorClient
    private let coordinator: OSThread
    private let stopCoordinator: CoordinatorDaemon.StopSwitch
    private var workers: [(thread: OSThread, stop: WorkerDaemon.StopSwitch)] = []

    init(workers count: Int, lanes: Int, batch: Int = 1) throws {
        let said = try Mailbox<Remark>()
        self.said = said
        let logger = Logger(label: "coordinator") { _ in RemarkHandler(said: said) }
        let started = try Mailbox<(String, CoordinatorDaemon.StopSwitch)>()
        coordinator = try OSThread(name: "coordinator") {
            do {
                let daemon = try CoordinatorDaemon(bind: "tcp://127.0.0.1:*", stateDirectory: nil, logger: logger)
                started.post((daemon.endpoint, daemon.stopSwitch))
                try daemon.run()
            } catch {
                logger.critical("\(error)")
            }
            started.close()
        }
        guard let (endpoint, stop) = started.wait(timeout: Self.patience) else {
            throw Failure("the coordinator did not start: \(said.drain())")
        }
        stopCoordinator = stop
        client = try CoordinatorClient(endpoint: endpoint)
        let profile = try MachineProfile().description
        for number in 0..<count {
            let made = try Mailbox<WorkerDaemon.StopSwitch>()
            let thread = try OSThread(name: "worker \(number)") {
                do {
                    let worker = try WorkerDaemon(
                        connect: endpoint, name: "worker \(number)", lanes: lanes, batch: batch,
                        device: CPUDevice(), models: ModelPlaces(directory: nil, cache: HubCache(environment: [:])),
                        profile: profile, logger: logger)
                    made.post(worker.stopSwitch)
                    try worker.run()
                } catch {
                    logger.critical("\(error)")
                }
                made.close()
            }
            guard let stop = made.wait(timeout: Self.patience) else { throw Failure("no worker: \(said.drain())") }
            workers.append((thread, stop))
        }
    }

    deinit {
        for worker in workers { worker.stop.stop() }
        for worker in workers { worker.thread.join() }
        stopCoordinator.stop()
        coordinator.join()
    }

    /// Runs jobs, all at once, to their end.
    /// - Throws: what is said of the first one that fails.
    func run(_ jobs: [Job]) throws {
        var running = Set(try jobs.map { "\(try client.submit(.init(job: $0)).job)" })
        while !running.isEmpty {
            guard let remark = said.wait(timeout: Self.patience) else { throw Failure("\(running) do not end") }
            if remark.level >= .warning { throw Failure(remark.description) }
            if remark.text == "a job is done", let job = remark.job { running.remove(job) }
        }
    }
}

/// What a daemon logs.
private struct Remark: Sendable, CustomStringConvertible {
    let level: Logger.Level
    let text: String
    let metadata: Logger.Metadata

    var job: String? { metadata["job"].map { "\($0)" } }
    var description: String { "\(level): \(text) \(metadata)" }
}

/// Hands on what is logged, so that a test waits for what happens and not for a time.
private struct RemarkHandler: LogHandler {
    let said: Mailbox<Remark>
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        said.post(Remark(level: event.level, text: "\(event.message)", metadata: event.metadata ?? [:]))
    }
}
