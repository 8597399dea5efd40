import Coordination
import Documents
import Jobs
import Ledger
import Threads

/// The storage thread's record of the running jobs.
final class StoredJobs {
    private let ledger: CoordinatorLedger
    private let limits: DocumentReader.Limits
    private let snapshots: SnapshotWriter
    private let commands: Mailbox<[StorageCommand]>
    private let send: @Sendable ([StorageReport]) -> Void
    /// The reports that were not sent yet.
    private var reports: [StorageReport] = []
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var runs: [JobID: JobRun] = [:]
    /// The jobs that have changed since their last status report.
    private var changed: Set<JobID> = []
    private var nextStatus: Instant?
    /// The time between two status reports of a job: people look at them, not machines.
    private static let statusInterval = Duration.milliseconds(20)

    init(
        _ ledger: CoordinatorLedger, _ limits: DocumentReader.Limits, _ snapshots: SnapshotWriter,
        _ commands: Mailbox<[StorageCommand]>, _ post: @escaping @Sendable ([StorageReport]) -> Void
    ) {
        self.ledger = ledger
        self.limits = limits
        self.snapshots = snapshots
        self.commands = commands
        send = post
        start = clock.now
    }

    private var now: Instant { Instant(sinceStart: start.duration(to: clock.now)) }

    var timeout: Duration? {
        let deadlines = runs.values.compactMap(\.nextDeadline) + [nextStatus].compactMap(\.self)
        return deadlines.min().map { now.duration(to: $0) }
    }

    func handle(_ commands: some Sequence<StorageCommand>) {
        for command in commands {
            // Finished work is reported before a slow command begins.
            if command.takesLong { tellStatus() }
            handle(command)
        }
        flush()
    }

    private func flush() {
        if !reports.isEmpty { send(reports) }
        reports = []
    }

    private func post(_ report: StorageReport) {
        reports.append(report)
    }

    private func handle(_ command: StorageCommand) {
        switch command {
        case .accept(let request, let prepared):
            let result = attempting { try ledger.accept(request.id, json: JobRequest.json(request.job)) }
            post(.accepted(request, prepared, problem: result.problem))
        case .begin(let request, let prepared, let number):
            let begun = attempting { try begin(request, prepared, number) }
            post(.began(request, run: number, goesOn: prepared.goesOn, begun))
        case .forget(let request, let status):
            let result = attempting { try forget(request.id, request.job) }
            post(.forgotten(request, status, problem: result.problem))
        case .carryOut(let id, let command):
            attempt(id) { try carryOut(command, $0) }
        case .fed(let id, let number, let event):
            guard runs[id]?.number == number else { return }
            attempt(id) { try $0.handle(event) }
        case .snapshot(let snapshot, let outcome):
            guard let number = runs[snapshot.key.job]?.number else { return snapshot.removeIfOver() }
            // The file may belong to the present run.
            guard number == snapshot.run else { return }
            attempt(snapshot.key.job) { try ended(snapshot, outcome, $0) }
        case .goOn(let id, let number):
            guard runs[id]?.number == number else { return }
            attempt(id) { try $0.goOn() }
        }
    }

    private func report(_ id: JobID, _ report: JobReport) {
        guard let number = runs[id]?.number else { return }
        post(.job(id, run: number, report))
    }

    // MARK: - Jobs

    private func begin(_ request: JobRequest, _ prepared: PreparedJob, _ number: Int) throws -> RunningJob {
        let (id, commands, clock, start) = (request.id, commands, clock, start)
        let run = try JobRun(
            prepared, number: number, limits: limits, clock: { Instant(sinceStart: start.duration(to: clock.now)) },
            writeSnapshot: snapshots.write, post: { commands.post([.fed(id, run: number, $0)]) })
        CrashPoint.pass(.jobOpened)
        do {
            try ledger.accept(id, json: JobRequest.json(request.job))
        } catch {
            run.stop(JobRefusal(error).refused)
            throw error
        }
        CrashPoint.pass(.jobAccepted)
        runs[id] = run
        return RunningJob(run)
    }

    /// Removes a job from the ledger, also under the id of an earlier version.
    private func forget(_ id: JobID, _ job: Job) throws {
        try ledger.finished(id)
        let former = JobRequest.formerID(of: job)
        if former != id { try ledger.finished(former) }
    }

    private func attempting<Value>(_ body: () throws -> Value) -> Result<Value, JobRefusal> {
        Result(catching: body).mapError { JobRefusal($0) }
    }

    /// Calls the body, which uses a job's files. If it throws, this job ends and the others go on.
    private func attempt(_ id: JobID, _ body: (JobRun) throws -> Void) {
        guard let run = runs[id] else { return }
        do {
            try body(run)
            tellReports(of: run)
            if changed.insert(id).inserted, nextStatus == nil {
                nextStatus = now.advanced(by: Self.statusInterval)
            }
            // Other jobs have their turn between the megabytes.
            if run.hasMoreToMove, !run.isGoOnAsked {
                run.isGoOnAsked = true
                commands.post([.goOn(id, run: run.number)])
            }
            if let others = run.leftBehind { try finished(run, others) }
        } catch {
            // Finished rows are kept if that is still possible.
            try? run.commit()
            tellReports(of: run)
            let refused = JobRefusal(error).refused
            run.stop(refused)
            report(id, .failed(refused, run.status))
            runs[id] = nil
        }
    }

    private func tellReports(of run: JobRun) {
        for news in run.takeReports() { report(run.id, news) }
    }

    private func finished(_ run: JobRun, _ others: [String]) throws {
        try forget(run.id, run.job)
        CrashPoint.pass(.jobForgotten)
        report(run.id, .finished(run.status, others: others))
        runs[run.id] = nil
    }

    func doWhatIsDue() {
        let now = now
        if let nextStatus, nextStatus <= now { tellStatus() }
        let due = runs.filter { $0.value.nextDeadline.map { $0 <= now } ?? false }
        guard !due.isEmpty else { return }
        for id in due.keys.sorted() { attempt(id) { try $0.tick() } }
        flush()
    }

    private func tellStatus() {
        for id in changed {
            if let run = runs[id] { report(id, .status(run.status)) }
        }
        changed = []
        nextStatus = nil
        flush()
    }

    /// Makes the finished rows of all jobs durable.
    func commit() {
        for id in runs.keys.sorted() { attempt(id) { try $0.commit() } }
        flush()
    }

    // MARK: - Documents

    private func carryOut(_ command: JobCommand, _ run: JobRun) throws {
        switch command {
        case .openDocuments(let count):
            run.openDocuments(count)
        case .grant(let worker, let lease, let ordinal, let profile, let point):
            grant(worker, lease, ordinal, profile: profile, from: point, run)
        case .step(let worker, let lease, let ordinal, let number, let work, let wantsSnapshot):
            let step = try run.step(lease, ordinal, number: number, work, wantsSnapshot: wantsSnapshot)
            if let step { report(run.id, .step(step, to: worker)) }
        case .record(let ordinal, let output, let tokensRead):
            try run.record(output, of: ordinal, tokensRead: tokensRead)
        case .keepSnapshot(let ordinal, let lease, let point, let bytes, let sender):
            try run.keepSnapshot(ordinal, .init(lease: lease, point: point, sender: sender, bytes: bytes))
        case .discardSnapshot(let ordinal, let point):
            try run.discardSnapshot(ordinal, point)
        case .complete(let ordinal):
            try run.complete(ordinal)
        case .fail(let ordinal, let failure):
            try run.fail(ordinal, failure)
        case .restart(let ordinal, let point):
            try run.restart(ordinal, from: point)
        case .end:
            try run.end()
        }
    }

    private func grant(
        _ worker: WorkerID, _ lease: LeaseID, _ ordinal: Int, profile: String, from point: ResumePoint?,
        _ run: JobRun
    ) {
        do {
            let grant = try run.grant(lease, ordinal, profile: profile, from: point)
            if let grant { report(run.id, .grant(grant, to: worker, made: run.made(of: ordinal))) }
        } catch {
            // The worker has not heard of the lease, so it ignores the steps that are sent meanwhile.
            let key = DocumentKey(job: run.id, ordinal: ordinal)
            report(run.id, .snapshotUnreadable(key, lease, worker, reason: "\(error)"))
        }
    }

    /// Takes the outcome of writing a snapshot.
    private func ended(_ snapshot: SnapshotWriter.Job, _ outcome: SnapshotWriter.Outcome, _ run: JobRun) throws {
        let fate: SnapshotFate
        switch outcome {
        case .written:
            fate = .durable
        case .failed(let failure):
            fate = .failed
            report(run.id, .snapshotUnwritten(reason: "\(failure)"))
        case .misfit(let error):
            fate = .misfit
            let problem = "a snapshot of document \(snapshot.key) does not fit its step: \(error)"
            report(run.id, .misfit(snapshot.sender, problem: problem))
        }
        try run.snapshotWritten(snapshot.key.ordinal, snapshot.lease, snapshot.point, fate)
    }
}

extension StorageCommand {
    /// Whether the command may take milliseconds: a disk is slow, or a document's row is long.
    fileprivate var takesLong: Bool {
        switch self {
        case .accept, .begin, .forget, .snapshot, .goOn, .carryOut(_, .keepSnapshot), .carryOut(_, .end),
            .carryOut(_, .discardSnapshot), .carryOut(_, .complete), .carryOut(_, .grant(_, _, _, _, from: .some)):
            true
        case .fed, .carryOut: false
        }
    }
}

extension Result {
    fileprivate var problem: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
