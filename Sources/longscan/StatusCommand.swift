import ArgumentParser
import Coordination
import CoordinatorClient
import Foundation

struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show the status of jobs and workers.",
        discussion: """
            A job is waiting, running, completed, completed_with_errors or failed. --json prints an object: jobs, \
            workers, and refused, the counts of refused messages and connections by reason since the coordinator \
            started.

              longscan status                every job and worker
              longscan status 3db1a2         one job; exit status 1 if it failed
              longscan status --json
            """)

    @Argument(help: "A job's id, or its first digits; without it, every job.")
    var job: String?

    @OptionGroup var coordinator: CoordinatorOption

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        try CommandFailure.catching {
            let status = try coordinator.ask { try $0.status(of: job.map(JobID.init)) }
            if let job, status.jobs.isEmpty {
                throw CommandFailure("\(coordinator.endpoint) knows no job \(job)", ExitStatus.noInput)
            }
            try StandardOutput.write(json ? try PrintedJSON.page(status) : StatusTable(status).text)
            if job != nil, status.jobs.contains(where: { $0.state == .failed }) {
                throw CommandFailure("", ExitStatus.failure)
            }
        }
    }
}
