import Foundation
import TestSupport
import Testing

/// A coordinator and workers as processes of their own, as somebody starts them by hand.
final class Cluster {
    let directory: TemporaryDirectory
    private(set) var coordinator: RunningProcess
    private(set) var endpoint: String
    private var workers: [RunningProcess] = []
    /// What comes before the program in the command line of a coordinator and of its clients.
    private let wrapper: [String]
    private let options: [String]
    private let clientOptions: [String]

    /// Starts a coordinator whose state lies in the directory, and waits until it listens.
    /// - Parameters:
    ///   - bind: where it listens.
    ///   - clientOptions: of every command that talks to the coordinator.
    ///   - wrapper: a command that runs the one which follows it, elsewhere.
    ///   - environment: of this coordinator; a restarted one has its own.
    init(
        in directory: TemporaryDirectory, bind: String = "tcp://127.0.0.1:*", options: [String] = [],
        clientOptions: [String] = [], wrapper: [String] = [], environment: [String: String] = [:]
    ) throws {
        self.directory = directory
        self.wrapper = wrapper
        self.options = options
        self.clientOptions = clientOptions
        coordinator = try Self.coordinator(in: directory, bind: bind, options, wrapper, environment)
        endpoint = try Self.endpoint(of: coordinator)
    }

    deinit {
        stop()
    }

    /// Ends everything. A test does so at its end, which also keeps the processes until then.
    func stop() {
        for process in workers + [coordinator] {
            process.send(SIGKILL)
            _ = try? process.ended()
        }
    }

    /// Starts the coordinator again, with the state and where it was.
    func restartCoordinator(environment: [String: String] = [:]) throws {
        coordinator = try Self.coordinator(in: directory, bind: endpoint, options, wrapper, environment)
        endpoint = try Self.endpoint(of: coordinator)
    }

    private static func coordinator(
        in directory: TemporaryDirectory, bind: String, _ options: [String], _ wrapper: [String],
        _ environment: [String: String]
    ) throws -> RunningProcess {
        let setting = environment.isEmpty ? [] : ["/usr/bin/env"] + environment.map { "\($0.key)=\($0.value)" }
        let arguments = ["coordinator", "--bind", bind, "--state-dir", directory.path("state")] + options
        return try Longscan.start(arguments, in: directory.path, wrapper: wrapper + setting)
    }

    private static func endpoint(of coordinator: RunningProcess) throws -> String {
        let line = try coordinator.errors.line(containing: "listening").text
        guard let field = line.split(separator: " ").first(where: { $0.hasPrefix("endpoint=") }) else {
            throw Failure("no endpoint in '\(line)'")
        }
        return String(field.dropFirst("endpoint=".count))
    }

    /// Starts a worker and waits until the coordinator has taken it in.
    func startWorker(_ name: String, _ options: [String] = [], wrapper: [String] = []) throws -> RunningProcess {
        let before = coordinator.errors.count
        let worker = try launchWorker(name, options, wrapper: wrapper)
        _ = try coordinator.errors.line(skipping: before) { $0.contains("a worker joined") && $0.contains(name) }
        return worker
    }

    /// Starts a worker that may find no coordinator.
    /// - Parameter endpoint: that it connects to, if not the coordinator's own.
    func launchWorker(
        _ name: String, _ options: [String] = [], wrapper: [String] = [], endpoint: String? = nil
    ) throws -> RunningProcess {
        let arguments = ["worker", "--connect", endpoint ?? self.endpoint, "--lanes", "1", "--name", name] + options
        let worker = try Longscan.start(arguments, wrapper: wrapper)
        workers.append(worker)
        return worker
    }

    /// Starts to hand a job in, to a coordinator that may die of it.
    func launchSubmit(_ job: String) throws -> RunningProcess {
        try Longscan.start(
            ["submit", job, "--coordinator", endpoint] + clientOptions, in: directory.path, wrapper: wrapper)
    }

    /// Hands a job in.
    /// - Returns: its id.
    func submit(_ job: String) throws -> String {
        let ended = try client(["submit", job])
        guard ended.status == 0 else { throw Failure("submit ended with \(ended.status): \(ended.errors)") }
        return ended.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func status() throws -> ClusterStatus {
        try waitForStatus { _ in true }
    }

    /// Runs a command that talks to the coordinator.
    func client(_ arguments: [String]) throws -> Ended {
        try Longscan.start(
            arguments + ["--coordinator", endpoint] + clientOptions, in: directory.path, wrapper: wrapper
        ).ended()
    }

    /// Asks how the cluster stands until a condition is met.
    func waitForStatus(where isMet: (ClusterStatus) -> Bool) throws -> ClusterStatus {
        try ClusterStatus.awaited(from: { try client(["status", "--json"]) }, where: isMet)
    }

    /// Waits until the coordinator says that a job has ended.
    func waitForEnd(of job: String) throws -> ClusterStatus.Job {
        _ = try coordinator.errors.line {
            $0.contains("job=\(job.prefix(12))") && ($0.contains("a job is done") || $0.contains("a job failed"))
        }
        return try #require(try status().jobs.first { $0.id == job })
    }

    /// Waits until a job has finished documents, and has others to do.
    func waitForMiddle(of job: String) throws {
        let status = try waitForStatus { $0.jobs.contains { $0.id == job && $0.documentsDone > 0 } }
        guard status.jobs.contains(where: { $0.id == job && $0.state == "running" }) else {
            throw Failure("the job ended before anything could happen to it: it is too short for this machine")
        }
    }
}

/// What `longscan status --json` prints.
struct ClusterStatus: Decodable {
    struct Job: Decodable {
        struct Refused: Decodable {
            struct Failure: Decodable {
                let code: String
                let message: String
            }

            let failure: Failure
            let reason: String
        }

        let id: String
        let task: String
        let output: String
        let state: String
        let documentsDone: Int
        let documentsFailed: Int
        let documentsTotal: Int?
        let documentsMoved: Int
        let tokensDone: Int
        let tokensResumed: Int
        let tokensRecomputed: Int
        let snapshotsWritten: Int
        let snapshotsRefused: Int
        let failure: Refused?
    }

    struct Worker: Decodable {
        let name: String
        let lanes: Int
        let profile: String
        let documents: Int
    }

    let jobs: [Job]
    let workers: [Worker]
    let refused: [String: Int]?

    /// Asks how a cluster stands until a condition is met.
    /// - Parameter ask: runs `longscan status --json`.
    static func awaited(
        from ask: () throws -> Ended, where isMet: (ClusterStatus) -> Bool
    ) throws -> ClusterStatus {
        let deadline = ContinuousClock.now.advanced(by: .seconds(LineLog.patience))
        while true {
            let ended = try ask()
            guard ended.status == 0 else { throw Failure("status ended with \(ended.status): \(ended.errors)") }
            let status = try JSON.decode(ClusterStatus.self, from: ended.output)
            if isMet(status) { return status }
            guard ContinuousClock.now < deadline else {
                throw Failure("the status that was waited for did not come: \(ended.output)")
            }
        }
    }
}
