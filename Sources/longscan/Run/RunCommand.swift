import ArgumentParser
import Coordination
import Documents
import Foundation
import JobRuns
import Jobs
import Threads

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run jobs on this machine, or continue them.",
        discussion: """
            Starts a coordinator and workers as child processes, runs the jobs, shows progress and writes the rows. \
            You can stop it at any time: the same command goes on where it was. A finished job whose inputs or model \
            have changed is done again only with --update or --again.

              longscan run job.yaml
              longscan run job.yaml --dry-run
              longscan run job.yaml --set score.per=token --output out/tokens.jsonl
              zcat logs.jsonl.gz | longscan run job.yaml --set input=-

            --json prints the status of each job every second and at its end, as an object with the keys of 'longscan \
            status --json'. --dry-run --json prints for each job an object with task, model, dtype, output, \
            input_files, input_bytes, passed_over, documents, error_rows, errors (the first ten: source, code, \
            message), tokens, tokens_to_generate (at most), lanes, tokens_per_second (of one lane), seconds (to read \
            all tokens), and state (the forecast of a job that was begun or done before).
            """)

    @OptionGroup var options: JobOptions
    @OptionGroup var rerun: RerunOptions

    @Option(help: "Worker processes (LONGSCAN_WORKERS, 1).")
    var workers: Int?

    @Option(help: "Lanes (compute threads) of each worker (LONGSCAN_LANES, the processors divided by the workers).")
    var lanes: Int?

    @Option(
        help: ArgumentHelp(
            "Documents that a lane works on side by side when they are short or generate "
                + "(LONGSCAN_BATCH, \(Limits.documentsPerLane)).", valueName: "documents"))
    var batch: Int?

    @Option(
        help: ArgumentHelp(
            "Directory in which workers find models by name, instead of the job files' paths (LONGSCAN_MODEL_DIR).",
            valueName: "directory"))
    var modelDir: String?

    @OptionGroup(title: "Snapshots")
    var snapshots: SnapshotOptions

    @OptionGroup(title: "Reading")
    var reading: ReadingOptions

    @Flag(help: "Make all checks of a run, count documents and tokens, estimate the time, and end.")
    var dryRun = false

    @Flag(help: "Show only errors.")
    var quiet = false

    @Flag(help: "Show progress as JSON lines on standard error; with --dry-run, print the report as JSON lines.")
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
                try lanes ?? Environment.value("LONGSCAN_LANES") ?? max(1, AvailableProcessors.count / max(1, workers))
            for (name, value) in [("LONGSCAN_WORKERS", workers), ("LONGSCAN_LANES", lanes)]
            where !(1...Limits.lanesPerWorker).contains(value) {
                throw CommandFailure(
                    "\(name) is \(value): a number from 1 to \(Limits.lanesPerWorker) belongs there", ExitStatus.usage)
            }
            let modelDirectory = modelDir ?? Environment.string("LONGSCAN_MODEL_DIR")
            if let modelDirectory { try ModelLocation.checkFolder(modelDirectory) }
            _ = try snapshots.policy
            // Errors are found here, before any process is started.
            var passedOver: [PassedOver] = []
            for (file, job) in zip(options.jobs, jobs) {
                passedOver.append(try Self.passedOver(of: job, in: file))
                if jobs.contains(where: { $0.output == job.output && $0 != job }) {
                    throw CommandFailure(
                        "\(file): another job of this command writes \(job.output) too", ExitStatus.badData)
                }
            }
            passedOver.removeAll { $0.files == 0 }
            if dryRun {
                for job in jobs {
                    try DryRun(job: job, lanes: workers * lanes, rerun: rerun.rerun, limits: reading.limits).report {
                        try StandardOutput.write(json ? try PrintedJSON.line($0) : $0.text)
                    }
                }
                return
            }
            if !quiet, !json { for files in passedOver { StandardError.write("longscan: input: \(files)\n") } }
            let style: ProgressLine.Style =
                json ? .json : quiet ? .quiet : StandardError.isTerminal ? .bar : .lines
            var session = try RunSession(
                jobs: jobs, rerun: rerun.rerun, workers: workers, lanes: lanes, batch: batch,
                modelDirectory: modelDirectory, style: style,
                coordinatorOptions: snapshots.arguments + reading.arguments)
            // From now on the job's work directory has the copy.
            try session.run { copy = nil }
        }
    }

    /// Lists the inputs, and counts the files that a pattern or directory skips.
    /// - Throws: `CommandFailure` that names the job file.
    private static func passedOver(of job: Job, in file: String) throws(CommandFailure) -> PassedOver {
        do {
            return try InputFiles(job.inputs).passedOver
        } catch {
            var failure = CommandFailure(error)
            failure.message = "\(file): \(failure.message)"
            throw failure
        }
    }

    /// The jobs with a copy of standard input in place of `-`.
    /// - Returns: the jobs, and the copy if it was made now.
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
