import Checkpoints
import Coordination
import CoordinatorClient
import Documents
import Foundation
import Jobs
import Mamba
import Threads

/// A benchmark of a coordinator in a process of its own, with pretend workers in this process and a job of made-up
/// documents.
struct CoordinatorBenchmark {
    var task: Job.Task
    var workers: Int
    var documents: Int
    /// The chunks of each document; each has ``chunkTokens``.
    var chunks: Int
    /// The seconds that the workers are idle before the job comes; 0: none.
    var idleSeconds: Int

    static let chunkTokens = 2048
    private static let embeddingSize = 768
    private static let vocabulary = 4096
    private static let pollInterval = Duration.milliseconds(20)

    struct Rates: Encodable {
        var results: Int
        /// The time from the job's acceptance to the end of its output.
        var seconds: Double
        var resultsPerSecond: Double
        var tokensPerSecond: Double
        /// The processor time of the coordinator's process for a thousand results.
        var cpuSecondsPerThousandResults: Double
        /// The part of one processor that the coordinator used while the workers were idle.
        var idleCPUFraction: Double?
        /// The most resident memory of the coordinator's process.
        var peakResidentBytes: Int
    }

    private enum Event: Sendable {
        case listening(String)
        case joined
        case coordinator(ChildProcess.Event)
        case workersEnded(String)
    }

    /// - Throws: `CommandFailure` if a process ends or the job fails, `ZeroMQError`, `ThreadError`.
    func rates() throws -> Rates {
        let directory = try makeDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let events = try Mailbox<Event>()
        let coordinator = try ChildProcess(
            "coordinator",
            arguments: [
                "coordinator", "--bind", "tcp://127.0.0.1:*", "--ephemeral", "--print-endpoint", "--log-level",
                "warning",
                // These workers have no states.
                "--snapshot-seconds", "100000000",
            ],
            output: { events.post(.listening($0)) }, post: { events.post(.coordinator($0)) })
        defer { coordinator.terminate() }
        let endpoint = try Self.awaited(events) { if case .listening(let endpoint) = $0 { endpoint } else { nil } }
        let commands = try Mailbox<PretendWorkers.Command>()
        let thread = try startWorkers(endpoint, events, commands)
        defer {
            commands.post(.stop)
            thread.join()
        }
        try Self.awaited(events) { if case .joined = $0 { () } else { nil } }
        let idle = try idleFraction(of: coordinator.identifier)
        let client = try CoordinatorClient(endpoint: endpoint)
        let id = try client.submit(.init(job: job(in: directory))).job
        let start = ContinuousClock.now
        let before = try ProcessUsage(of: coordinator.identifier)
        try follow(id, client, events)
        let seconds = start.duration(to: .now).seconds
        let after = try ProcessUsage(of: coordinator.identifier)
        let results = documents * chunks
        return Rates(
            results: results, seconds: seconds, resultsPerSecond: Double(results) / seconds,
            tokensPerSecond: Double(results * Self.chunkTokens) / seconds,
            cpuSecondsPerThousandResults: (after.seconds - before.seconds) / Double(results) * 1000,
            idleCPUFraction: idle, peakResidentBytes: after.peakBytes)
    }

    private func startWorkers(
        _ endpoint: String, _ events: Mailbox<Event>, _ commands: Mailbox<PretendWorkers.Command>
    ) throws -> OSThread {
        let count = workers
        return try OSThread(name: "pretend workers") {
            do {
                let workers = try PretendWorkers(
                    count, endpoint: endpoint, embeddingSize: Self.embeddingSize, commands: commands)
                try workers.run { events.post(.joined) }
            } catch {
                events.post(.workersEnded("\(error)"))
            }
        }
    }

    private func idleFraction(of process: Int32) throws -> Double? {
        guard idleSeconds > 0 else { return nil }
        let (start, before) = (ContinuousClock.now, try ProcessUsage(of: process))
        Thread.sleep(forTimeInterval: TimeInterval(idleSeconds))
        return (try ProcessUsage(of: process).seconds - before.seconds) / start.duration(to: .now).seconds
    }

    private func follow(_ id: JobID, _ client: CoordinatorClient, _ events: Mailbox<Event>) throws {
        while true {
            guard let status = try client.status(of: id).jobs.first else {
                throw CommandFailure("the coordinator does not know the job", ExitStatus.failure)
            }
            switch status.state {
            case .completed: return
            case .completedWithErrors, .failed:
                throw CommandFailure(
                    "the job failed: \(status.failure?.failure.message ?? "error rows")", ExitStatus.failure)
            case .waiting, .running: break
            }
            if let event = events.wait(timeout: Self.pollInterval) { try Self.check(event) }
        }
    }

    @discardableResult
    private static func awaited<Value>(_ events: Mailbox<Event>, _ value: (Event) -> Value?) throws -> Value {
        while let event = events.wait(timeout: .seconds(30)) {
            if let value = value(event) { return value }
            try check(event)
        }
        throw CommandFailure("the workers cannot connect to the coordinator", ExitStatus.tryAgain)
    }

    private static func check(_ event: Event) throws {
        switch event {
        case .listening, .joined: break
        case .coordinator(.line(let line)): StandardError.write("coordinator: \(line)\n")
        case .coordinator(.ended(let status)):
            throw CommandFailure("the coordinator ended with status \(status)", ExitStatus.failure)
        case .workersEnded(let reason): throw CommandFailure("the workers ended: \(reason)", ExitStatus.failure)
        }
    }

    // MARK: - The job

    private func makeDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/longscan-bench-" + UUID().uuidString
        let configuration = ModelConfiguration(
            family: "mamba", hiddenSize: Self.embeddingSize,
            layers: [.mamba1(Mamba1Configuration(channels: Self.embeddingSize, stepRank: 1))],
            vocabularySize: Self.vocabulary, paddedVocabularySize: Self.vocabulary)
        try RandomModel(configuration, seed: 1).write(to: path + "/model")
        try writeDocuments(to: path + "/documents.jsonl")
        return path
    }

    private func job(in directory: String) -> Job {
        Job(
            task: task, model: directory + "/model",
            inputs: [.init(asGiven: "documents.jsonl", path: directory + "/documents.jsonl")],
            output: directory + "/rows.jsonl", chunkTokens: Self.chunkTokens)
    }

    /// Writes the documents. All have the same tokens: their values change no result.
    private func writeDocuments(to path: String) throws {
        let chunk = (0..<Self.chunkTokens).map { String($0 * 1103 % Self.vocabulary) }.joined(separator: ",")
        let tokens = Array(repeating: chunk, count: chunks).joined(separator: ",")
        var file = try AppendOnlyFile(path: path)
        for number in 0..<documents {
            try file.append(Array("{\"id\":\"d\(number)\",\"tokens\":[\(tokens)]}\n".utf8))
        }
    }
}
