import ArgumentParser
import Coordination
import CoordinatorDaemon
import Documents
import Foundation
import Jobs
import ZeroMQ

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run jobs on this machine, or go on with them.",
        discussion: """
            Starts a coordinator and workers as child processes, runs the jobs, shows progress and writes the rows. \
            Stop it whenever you like: the same command goes on where it was. A job that is done is done again only if \
            its inputs or its model changed, with --update or --again.
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var rerun: RerunOptions

    @Option(help: "Worker processes (1).")
    var workers: Int?

    @Option(help: "Compute threads of each worker (the processors divided by the workers).")
    var lanes: Int?

    @Option(
        help:
            "Documents that a lane works on side by side when they are short or generate (\(Limits.documentsPerLane)).")
    var batch: Int?

    @Option(
        help: ArgumentHelp("Where models lie, by name, instead of where the job files say.", valueName: "directory"))
    var modelDir: String?

    @OptionGroup(title: "Snapshots")
    var snapshots: SnapshotOptions

    @OptionGroup(title: "Reading")
    var reading: ReadingOptions

    @Flag(help: "Check the jobs, count documents and tokens, estimate the time, and end.")
    var dryRun = false

    @Flag(help: "Show nothing but errors.")
    var quiet = false

    @Flag(help: "Show progress as JSON lines on standard error.")
    var json = false

    func validate() throws {
        for (name, value) in [("--workers", workers), ("--lanes", lanes)] {
            if let value, !(1...Limits.lanesPerWorker).contains(value) {
                throw ValidationError("\(name) takes a number from 1 to \(Limits.lanesPerWorker), not \(value)")
            }
        }
        if let batch, !(1...Limits.largestBatch).contains(batch) {
            throw ValidationError("--batch takes a number from 1 to \(Limits.largestBatch), not \(batch)")
        }
    }

    func run() throws {
        try CommandFailure.catching {
            var (jobs, copy) = try copyingStandardInput(options.resolved())
            defer { copy?.discard() }
            let workers = try workers ?? Environment.value("LONGSCAN_WORKERS") ?? 1
            let lanes =
                try lanes ?? Environment.value("LONGSCAN_LANES") ?? max(1, AvailableProcessors.count / workers)
            guard workers > 0, lanes > 0 else {
                throw CommandFailure("LONGSCAN_WORKERS and LONGSCAN_LANES are 1 or more", ExitStatus.usage)
            }
            _ = try snapshots.policy
            // Found here, before any process is started.
            let passedOver = try jobs.map { try InputFiles($0.inputs).passedOver }.filter { $0.files > 0 }
            if dryRun {
                for job in jobs {
                    try DryRun(job: job, lanes: workers * lanes, rerun: rerun.rerun, limits: reading.limits).report()
                }
                return
            }
            if !quiet, !json { for files in passedOver { StandardError.write("longscan: input: \(files)\n") } }
            let style: ProgressLine.Style =
                json ? .json : quiet ? .quiet : StandardError.isTerminal ? .bar : .lines
            var session = try RunSession(
                jobs: jobs, rerun: rerun.rerun, workers: workers, lanes: lanes, batch: batch,
                modelDirectory: modelDir ?? Environment.string("LONGSCAN_MODEL_DIR"), style: style,
                coordinatorOptions: snapshots.arguments + reading.arguments)
            // From then on the job's work directory keeps it.
            try session.run { copy = nil }
        }
    }

    /// The jobs with a copy of standard input in the stead of `-`.
    /// - Returns: the copy too, if it was made now.
    private func copyingStandardInput(_ jobs: [Job]) throws -> ([Job], StandardInput?) {
        guard let place = jobs.firstIndex(where: \.readsStandardInput),
            let described = jobs[place].inputs.first(where: { $0.path == StandardInput.path })
        else { return (jobs, nil) }
        let inputs = jobs.flatMap(\.inputs).count { $0.path == StandardInput.path }
        guard inputs == 1 else {
            throw CommandFailure("input: standard input can be read once, not \(inputs) times", ExitStatus.badData)
        }
        guard !dryRun else {
            throw CommandFailure("input: a dry run does not read standard input: name a file", ExitStatus.badData)
        }
        var jobs = jobs
        let paths = JobPaths(output: jobs[place].output)
        try WorkDirectory(paths).check()
        let directory = paths.work
        if isatty(STDIN_FILENO) == 1 {
            guard let input = StandardInput.copied(described, in: directory) else {
                throw CommandFailure(
                    "input: standard input is a terminal: pipe documents in, as in 'zcat logs.gz | longscan run job.yaml'",
                    ExitStatus.noInput)
            }
            jobs[place].replaceStandardInput(by: input)
            return (jobs, nil)
        }
        let copy = try StandardInput(described, copiedTo: directory, limits: reading.limits)
        jobs[place].replaceStandardInput(by: copy.input)
        return (jobs, copy.isNew ? copy : nil)
    }
}

extension Job {
    var readsStandardInput: Bool { inputs.contains { $0.path == StandardInput.path } }

    fileprivate mutating func replaceStandardInput(by input: Input) {
        inputs = inputs.map { $0.path == StandardInput.path ? input : $0 }
    }
}
