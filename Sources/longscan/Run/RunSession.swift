import Coordination
import CoordinatorClient
import JobRuns
import Jobs
import Threads

/// The session of one `longscan run`: a local cluster, its jobs, and the display of their progress.
struct RunSession: ~Copyable {
    /// The time between two requests for the status. A caller that takes every status wants to see what happens in
    /// between.
    private var pollInterval: Duration { .milliseconds(onStatus == nil ? 200 : 20) }

    /// The longest wait for an answer of the coordinator before signals and children are checked.
    private static let patience = Duration.seconds(2)

    private let jobs: [Job]
    private let rerun: Rerun?
    private let workerCount: Int
    private var cluster: LocalCluster
    private var progress: ProgressLine
    private let signals: Signals
    private let onStatus: ((JobStatus, LocalCluster) -> Void)?
    private let start = ContinuousClock.now
    private var documentsEnded = 0

    /// - Parameters:
    ///   - modelDirectory: the directory in which workers find models by name; `nil`: the jobs' paths.
    ///   - coordinatorOptions: further arguments of the coordinator.
    ///   - onStatus: a function that takes each status of the shown job.
    init(
        jobs: [Job], rerun: Rerun? = nil, workers: Int, lanes: Int, batch: Int? = nil, modelDirectory: String?,
        style: ProgressLine.Style,
        coordinatorOptions: [String] = [], onStatus: ((JobStatus, LocalCluster) -> Void)? = nil
    ) throws {
        let cluster = try LocalCluster(
            lanes: lanes, batch: batch, modelDirectory: modelDirectory, coordinatorOptions: coordinatorOptions)
        let events = cluster.events
        let signals = try Signals { events.post(.signal($0)) }
        self.jobs = jobs
        self.rerun = rerun
        self.onStatus = onStatus
        workerCount = workers
        progress = ProgressLine(style: style)
        self.cluster = cluster
        self.signals = signals
    }

    /// Runs the jobs to their end.
    /// - Parameter onAccepted: a function that is called when the coordinator has accepted all jobs.
    /// - Throws: `CommandFailure`, with status 2 if documents have error rows.
    mutating func run(onAccepted: () -> Void = {}) throws {
        defer { cluster.end() }
        do {
            try runJobs(onAccepted)
            if StandardError.hasLostText {
                throw CommandFailure("messages could not be written to standard error", ExitStatus.inputOutput)
            }
        } catch {
            progress.clearBar()
            throw error
        }
    }

    private mutating func runJobs(_ onAccepted: () -> Void) throws {
        let endpoint = try awaitEndpoint()
        try cluster.startWorkers(workerCount, endpoint: endpoint)
        let client = try CoordinatorClient(endpoint: endpoint, patience: Self.patience)
        var (errorRows, tokens) = (0, 0)
        // All jobs are submitted at once: a later job uses the lanes that an earlier one leaves idle.
        let (jobs, rerun) = (jobs, rerun)
        let accepted = try jobs.map { job in try answer { try client.submit(.init(job: job, rerun: rerun)) } }
        onAccepted()
        for (id, acceptance) in accepted {
            let final = try follow(id, client)
            progress.finish(final)
            if let failure = final.failure, final.state == .failed { throw CommandFailure(failure) }
            errorRows += final.documentsFailed
            tokens += final.tokensDone
            summarize(final, acceptance)
        }
        summarize(tokens: tokens)
        if errorRows > 0 { throw CommandFailure("", ExitStatus.errorRows) }
    }

    private mutating func awaitEndpoint() throws -> String {
        while let event = cluster.events.wait() {
            switch event {
            case .listening(let endpoint): return endpoint
            default: try handle(event)
            }
        }
        throw CommandFailure("the coordinator did not start", ExitStatus.failure)
    }

    /// Shows a job until it ends.
    private mutating func follow(_ id: JobID, _ client: CoordinatorClient) throws -> JobStatus {
        while true {
            let cluster = try answer { try client.status(of: id) }
            guard let status = cluster.jobs.first(where: { $0.id == id }) else {
                throw CommandFailure("the coordinator does not know job \(id)", ExitStatus.failure)
            }
            guard !status.state.isOver else { return status }
            progress.show(status, workers: cluster.workers.count)
            if status.documentsDone + status.documentsFailed != documentsEnded {
                documentsEnded = status.documentsDone + status.documentsFailed
                self.cluster.noteProgress()
            }
            onStatus?(status, self.cluster)
            // All workers belong to this session: a job that all refuse will not be done.
            if let failure = status.failure, cluster.workers.count >= workerCount { throw CommandFailure(failure) }
            try handleEvents(for: pollInterval)
        }
    }

    /// The answer of the session's coordinator. It is asked again until it answers or ends.
    /// - Throws: `CommandFailure` if the coordinator has ended, or a signal came.
    private mutating func answer<Answer>(_ question: () throws -> Answer) throws -> Answer {
        let asked = ContinuousClock.now
        while true {
            do {
                return try question()
            } catch let failure as CoordinatorClient.Failure where failure.exitStatus == ExitStatus.noCoordinator {
                // The reason for no answer may be that the coordinator has ended.
                try handleEvents(for: pollInterval)
                let silence = asked.duration(to: .now)
                progress.show(
                    silence: "the coordinator is busy: no answer for \(Int(silence.seconds)) s; waiting for it")
            }
        }
    }

    private mutating func handleEvents(for duration: Duration) throws {
        let deadline = ContinuousClock.now.advanced(by: duration)
        while let event = cluster.events.wait(timeout: ContinuousClock.now.duration(to: deadline)) {
            try handle(event)
        }
    }

    private mutating func handle(_ event: LocalCluster.Event) throws {
        switch event {
        case .listening:
            break
        case .signal(let number):
            progress.message("longscan: stopped; the same command goes on where it was")
            throw CommandFailure("", 128 + number)
        case .coordinator(.line(let line)):
            progress.message("coordinator: \(line)")
        case .coordinator(.ended(let status)):
            cluster.coordinatorEnded()
            guard status > 128 else {
                throw CommandFailure("the coordinator ended with status \(status)", max(status, ExitStatus.failure))
            }
            // A signal has ended it, such as the kernel's when memory runs out.
            throw CommandFailure(
                "the coordinator ended with status \(status); the same command goes on where it was",
                ExitStatus.tryAgain)
        case .worker(let number, .line(let line)):
            progress.message("worker \(number): \(line)")
        case .worker(let number, .ended(let status)):
            let isReplaced = try cluster.workerEnded(number)
            progress.message(
                "longscan: worker \(number) ended with status \(status)"
                    + (isReplaced ? "; another takes its place" : ""))
            if cluster.workerCount == 0 {
                throw CommandFailure("no worker is left; the same command tries again", ExitStatus.tryAgain)
            }
        }
    }

    private mutating func summarize(_ job: JobStatus, _ acceptance: CoordinatorMessage.Acceptance) {
        var text = "\(job.task): \(job.documentsDone.grouped) documents"
        if acceptance == .doneBefore {
            text += ", done before"
        } else if job.documentsDone + job.documentsFailed == 0 {
            text += ": the inputs hold none"
        } else {
            text += ", \(job.tokensDone.grouped) tokens"
        }
        text += " → \(job.output)"
        text += job.notes.map { "\n" + $0 }.joined()
        if job.documentsFailed > 0 {
            text += "\n\(job.documentsFailed.grouped) error rows → \(JobPaths(output: job.output).errors)"
            text += FirstErrorRow.message(in: JobPaths(output: job.output).errors).map { "\nthe first: \($0)" } ?? ""
        }
        progress.message(text)
    }

    /// - Parameter tokens: the tokens that the workers read or generated.
    private mutating func summarize(tokens: Int) {
        guard tokens > 0 else { return }
        let seconds = start.duration(to: .now).seconds
        progress.message(
            "\(tokens.grouped) tokens in \(seconds.clockText), \(Int(Double(tokens) / seconds).grouped) tokens/s")
    }
}
