import ArgumentParser
import Coordination
import CoordinatorClient
import Foundation
import Jobs

/// The option that names the coordinator.
struct CoordinatorOption: ParsableArguments {
    @Option(help: ArgumentHelp("The coordinator (LONGSCAN_COORDINATOR, tcp://127.0.0.1:5555).", valueName: "endpoint"))
    var coordinator: String?

    var endpoint: String {
        coordinator ?? Environment.string("LONGSCAN_COORDINATOR") ?? "tcp://127.0.0.1:5555"
    }

    @OptionGroup var keys: ClientKeyOptions

    /// The coordinator's answer to a question.
    /// - Throws: `CommandFailure`, `ZeroMQError`, or the coordinator's error.
    func ask<Answer>(_ question: (CoordinatorClient) throws -> Answer) throws -> Answer {
        do {
            return try question(CoordinatorClient(endpoint: endpoint, keys: keys.keys()))
        } catch let failure as CoordinatorClient.Failure {
            guard case .noAnswer = failure else { throw failure }
            throw CommandFailure(
                "\(failure): start one there with 'longscan coordinator', or name another with --coordinator",
                failure.exitStatus)
        }
    }
}

struct SubmitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "submit",
        abstract: "Submit jobs to a coordinator and print their ids.",
        discussion: """
            The same job submitted twice is one job; its state is printed on standard error. Paths are made absolute \
            here and must lead to the same files on the coordinator's machine.

              longscan submit job.yaml --coordinator tcp://HOST:5555 \\
                  --key NAME.key --coordinator-key HOST.pub
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
            do {
                try coordinator.ask { client in
                    for job in jobs {
                        let (id, acceptance) = try client.submit(.init(job: job, rerun: rerun.rerun))
                        try StandardOutput.write("\(id.digest)\n")
                        StandardError.write("job \(id): \(acceptance.text) → \(job.output)\n")
                    }
                }
            } catch CoordinatorClient.Failure.refused(let refused) where refused.reason == .noInput {
                throw CommandFailure(
                    "\(refused.failure.message) (on the coordinator's machine, whose paths a job's paths are)",
                    refused.reason.exitStatus)
            }
        }
    }
}

extension CoordinatorMessage.Acceptance {
    /// The acceptance in words.
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
