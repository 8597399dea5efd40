import Foundation
import TestSupport

/// A `longscan run` under way, as seen from outside: its children, and how its job stands.
final class LocalRun {
    let process: RunningProcess
    /// Of its coordinator.
    let endpoint: String

    /// Starts `job.yaml` with one worker of one lane, which does one document after the other, and waits until it is at
    /// work.
    init(in directory: TemporaryDirectory) throws {
        process = try Longscan.start(["run", "job.yaml", "--json", "--lanes", "1", "--batch", "1"], in: directory.path)
        _ = try process.errors.line(containing: "\"state\":\"running\"")
        let arguments = process.children().flatMap(Self.arguments)
        guard let place = arguments.firstIndex(of: "--connect") else {
            throw Failure("the run has no worker: \(arguments)")
        }
        endpoint = arguments[place + 1]
    }

    var workers: [pid_t] { process.children(named: "worker") }

    private static func arguments(_ process: pid_t) -> [String] {
        let text = (try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8)) ?? ""
        return text.split(separator: "\0").map(String.init)
    }

    /// Waits until so many documents are done.
    func waitForDocuments(_ count: Int) throws {
        let status: ClusterStatus
        do {
            status = try ClusterStatus.awaited(
                from: { try Longscan.run(["status", "--json", "--coordinator", self.endpoint]) },
                where: { $0.jobs.contains { $0.documentsDone >= count } })
        } catch {
            throw Failure("\(error)\nMeanwhile the run wrote:\n\(process.errors.text)")
        }
        guard status.jobs.contains(where: { $0.state == "running" }) else {
            throw Failure("the job ended before anything could happen to it: it is too short for this machine")
        }
    }

    /// States of the job as the run has shown them so far.
    func progress() throws -> [ClusterStatus.Job] {
        try process.errors.text.split(separator: "\n").filter { $0.hasPrefix("{") }
            .map { try JSON.decode(ClusterStatus.Job.self, from: $0) }
    }
}
