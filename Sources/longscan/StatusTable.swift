import Coordination

/// The status of jobs and workers for people, in lines of 80 columns. Long names, paths and reasons make a line longer.
struct StatusTable {
    private static let width = 80
    /// The digits of a job's id that are shown: enough to tell jobs apart.
    private static let idDigits = 12

    let text: String

    init(_ status: ClusterStatus) {
        var lines = ["\(status.jobs.count) jobs, \(status.workers.count) workers"]
        for job in status.jobs { lines += Self.lines(job) }
        lines += Self.lines(status.workers)
        if let refused = status.refused, !refused.isEmpty {
            lines.append("")
            lines.append("refused: " + refused.sorted { $0.key < $1.key }.map { "\($1) \($0)" }.joined(separator: ", "))
        }
        text = lines.joined(separator: "\n") + "\n"
    }

    private static func lines(_ job: JobStatus) -> [String] {
        let documents = job.documentsDone + job.documentsFailed
        let percent = job.fraction.map { " \(Int($0 * 100))%" } ?? ""
        let errors = job.documentsFailed > 0 ? ", \(job.documentsFailed.grouped) errors" : ""
        let head = "job \(job.id.digest.prefix(idDigits))  \(job.task)  \(job.state.rawValue)\(percent)"
        let counts =
            "\(documents.grouped)\(job.documentsTotal.map { " of \($0.grouped)" } ?? "") documents\(errors), "
            + "\(job.tokensDone.grouped) tokens"
        return ["", head, "    \(counts)", "    \(job.output)"] + job.notes.map { "    " + $0 }
            + (job.failure.map { ["    \($0.failure.message)"] } ?? [])
    }

    /// The lines of workers. A profile is shown once for all workers that have it.
    private static func lines(_ workers: [WorkerStatus]) -> [String] {
        guard !workers.isEmpty else { return [] }
        var profiles: [String] = []
        for worker in workers where !profiles.contains(worker.profile) { profiles.append(worker.profile) }
        let nameWidth = workers.reduce("worker".count) { max($0, $1.name.count) }
        func row(_ name: String, _ lanes: String, _ documents: String, _ profile: String) -> String {
            name + String(repeating: " ", count: nameWidth - name.count) + right(lanes, 7) + right(documents, 11)
                + "  " + profile
        }
        var lines = ["", row("worker", "lanes", "documents", "profile")]
        for worker in workers {
            let number = profiles.firstIndex(of: worker.profile).map { "\($0 + 1)" } ?? ""
            lines.append(row(worker.name, "\(worker.lanes)", "\(worker.documents)", number))
        }
        lines.append("")
        for (number, profile) in zip(1..., profiles) {
            lines.append("profile \(number): \(shortened(profile, to: width - "profile 1: ".count))")
        }
        return lines
    }

    /// The text, cut to so many columns. `--json` shows the whole.
    private static func shortened(_ text: String, to columns: Int) -> String {
        text.count <= columns ? text : text.prefix(columns - 1) + "…"
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
