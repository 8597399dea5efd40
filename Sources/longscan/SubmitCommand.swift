import ArgumentParser
import Coordination
import CoordinatorDaemon
import Foundation
import Jobs

/// Which coordinator a command talks to.
struct CoordinatorOption: ParsableArguments {
    @Option(help: ArgumentHelp("The coordinator (tcp://127.0.0.1:5555).", valueName: "endpoint"))
    var coordinator: String?

    var endpoint: String {
        coordinator ?? Environment.string("LONGSCAN_COORDINATOR") ?? "tcp://127.0.0.1:5555"
    }

    @OptionGroup var keys: ClientKeyOptions

    /// - Throws: `CommandFailure`, `ZeroMQError`.
    func client() throws -> CoordinatorClient {
        try CoordinatorClient(endpoint: endpoint, keys: keys.keys())
    }
}

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Hand jobs to a coordinator and print their ids.",
        discussion: """
            The same job handed in twice is one job; what becomes of it is said on standard error. Paths are made absolute here and must lead to the same files on \
            the coordinator's machine.
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var rerun: RerunOptions
    @OptionGroup var coordinator: CoordinatorOption

    func run() throws {
        try CommandFailure.catching {
            let jobs = try options.resolved(areModelsHere: false)
            guard !jobs.contains(where: \.readsStandardInput) else {
                throw CommandFailure(
                    "input: the coordinator cannot read this command's standard input: write it to a file and name that",
                    ExitStatus.badData)
            }
            let client = try coordinator.client()
            for job in jobs {
                let (id, acceptance) = try client.submit(.init(job: job, rerun: rerun.rerun))
                try StandardOutput.write("\(id.digest)\n")
                StandardError.write("job \(id): \(acceptance.text) → \(job.output)\n")
            }
        }
    }
}

extension CoordinatorMessage.Acceptance {
    /// In words.
    fileprivate var text: String {
        switch self {
        case .begins: "accepted"
        case .goesOn: "goes on"
        case .runs: "runs already"
        case .waits: "accepted, waits for other jobs"
        case .doneBefore: "done before"
        }
    }
}

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how jobs and workers stand.")

    @Argument(help: "A job's id, or its first digits; every job without it.")
    var job: String?

    @OptionGroup var coordinator: CoordinatorOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try CommandFailure.catching {
            let client = try coordinator.client()
            let status = try client.status(of: job.map(JobID.init))
            if let job, status.jobs.isEmpty {
                throw CommandFailure("\(coordinator.endpoint) knows no job \(job)", ExitStatus.noInput)
            }
            try StandardOutput.write(json ? try Self.json(status) : Self.table(status))
        }
    }

    private static func json(_ status: ClusterStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(status), as: UTF8.self) + "\n"
    }

    private static func table(_ status: ClusterStatus) -> String {
        var lines = ["\(status.jobs.count) jobs, \(status.workers.count) workers"]
        for job in status.jobs {
            let documents = job.documentsDone + job.documentsFailed
            let percent = job.fraction.map { "\(Int($0 * 100))%" } ?? "?"
            lines.append(
                "job \(job.id)  \(job.task)  \(job.state.rawValue)  \(percent)  "
                    + "\(documents)\(job.documentsTotal.map { "/\($0)" } ?? "") documents  "
                    + "\(job.documentsFailed) errors  \(job.tokensDone.grouped) tokens  \(job.output)")
            lines += job.notes.map { "    " + $0 }
            if let failure = job.failure { lines.append("    \(failure.failure.message)") }
        }
        for worker in status.workers {
            lines.append("\(worker.name)  \(worker.lanes) lanes  \(worker.documents) documents  \(worker.profile)")
        }
        if let refused = status.refused, !refused.isEmpty {
            lines.append("refused: " + refused.sorted { $0.key < $1.key }.map { "\($1) \($0)" }.joined(separator: ", "))
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
