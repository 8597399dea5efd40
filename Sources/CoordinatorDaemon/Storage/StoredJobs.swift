import Coordination
import Documents
import Jobs
import Ledger
import ZeroMQ

/// The running jobs as the storage thread has them.
final class StoredJobs {
    private let ledger: CoordinatorLedger
    private let limits: DocumentReader.Limits
    private let snapshots: SnapshotWriter
    private let commands: Mailbox<[StorageCommand]>
    private let send: @Sendable ([StorageReport]) -> Void
    /// What was not told yet.
    private var reports: [StorageReport] = []
    private let clock = ContinuousClock()
    private var runs: [JobID: (number: Int, run: JobRun)] = [:]
    /// Jobs that something has become of since their status was told.
    private var changed: Set<JobID> = []
    private var nextCommit: ContinuousClock.Instant?
    private var nextStatus: ContinuousClock.Instant?
    /// Between two statuses of a job: people look, not machines.
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
    }

    var timeout: Duration? {
        [nextCommit, nextStatus].compactMap(\.self).min().map { clock.now.duration(to: $0) }
    }

    func handle(_ commands: some Sequence<StorageCommand>) {
        for command in commands {
            // What was done before does not wait for what takes long.
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
            attempt(id) { try take(event, $0) }
        case .snapshot(let snapshot, let outcome):
            guard let number = runs[snapshot.key.job]?.number else { return snapshot.removeIfOver() }
            // The file may be the present run's.
            guard number == snapshot.run else { return }
            attempt(snapshot.key.job) { try ended(snapshot, outcome, $0) }
        case .end(let id, let number):
            guard runs[id]?.number == number else { return }
            attempt(id) { try end($0) }
        }
    }

    private func report(_ id: JobID, _ report: JobReport) {
        guard let number = runs[id]?.number else { return }
        post(.job(id, run: number, report))
    }

    // MARK: - Jobs

    private func begin(_ request: JobRequest, _ prepared: PreparedJob, _ number: Int) throws -> RunningJob {
        let (id, commands) = (request.id, commands)
        let run = try JobRun(prepared, limits: limits) { commands.post([.fed(id, run: number, $0)]) }
        CrashPoint.pass(.jobOpened)
        do {
            try ledger.accept(id, json: JobRequest.json(request.job))
        } catch {
            run.stop(JobRefusal(error).refused)
            throw error
        }
        CrashPoint.pass(.jobAccepted)
        runs[id] = (number, run)
        return RunningJob(run)
    }

    /// The job needs no further work, nor does what an earlier version called it.
    private func forget(_ id: JobID, _ job: Job) throws {
        try ledger.finished(id)
        let former = JobRequest.formerID(of: job)
        if former != id { try ledger.finished(former) }
    }

    private func attempting<Value>(_ body: () throws -> Value) -> Result<Value, JobRefusal> {
        Result(catching: body).mapError { JobRefusal($0) }
    }

    /// Runs what touches a job's files. If that fails, the job ends, and the others go on.
    private func attempt(_ id: JobID, _ body: (JobRun) throws -> Void) {
        guard let run = runs[id]?.run else { return }
        do {
            try body(run)
            if changed.insert(id).inserted, nextStatus == nil {
                nextStatus = clock.now.advanced(by: Self.statusInterval)
            }
            if run.hasUncommitted, nextCommit == nil { nextCommit = clock.now.advanced(by: JobStorage.commitInterval) }
        } catch {
            // What is finished is kept if that is still possible.
            try? run.commit()
            let refused = JobRefusal(error).refused
            run.stop(refused)
            report(id, .failed(refused, run.status))
            runs[id] = nil
        }
    }

    private func end(_ run: JobRun) throws {
        guard try run.catchUp() else {
            // Others have their turn between the megabytes.
            if let number = runs[run.id]?.number { commands.post([.end(run.id, run: number)]) }
            return
        }
        let others = try run.finish()
        try forget(run.id, run.job)
        CrashPoint.pass(.jobForgotten)
        report(run.id, .finished(run.status, others: others))
        runs[run.id] = nil
    }

    func doWhatIsDue() {
        let now = clock.now
        if let nextStatus, nextStatus <= now { tellStatus() }
        if let nextCommit, nextCommit <= now { commit() }
    }

    private func tellStatus() {
        for id in changed {
            if let run = runs[id]?.run { report(id, .status(run.status)) }
        }
        changed = []
        nextStatus = nil
        flush()
    }

    func commit() {
        nextCommit = nil
        for id in runs.keys.sorted() { attempt(id) { try $0.commit() } }
        flush()
    }

    // MARK: - Documents

    private func take(_ event: FeedEvent, _ run: JobRun) throws {
        if case .waiting(let lack) = event {
            report(run.id, .readingWaits(reason: lack.map { "\($0)" } ?? "it goes on"))
        }
        guard let news = try run.handle(event) else { return }
        var task: Job.Task?
        if case .opened(_, let opened) = event { task = opened }
        report(run.id, .progress(news, task: task))
    }

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
            try keepSnapshot(DocumentKey(job: run.id, ordinal: ordinal), lease, point, bytes, from: sender, run)
        case .discardSnapshot(let ordinal, let point):
            try run.discardSnapshot(ordinal, point)
        case .complete(let ordinal):
            try run.complete(ordinal)
        case .fail(let ordinal, let failure):
            try run.fail(ordinal, InputProblem(failure))
        case .restart(let ordinal, let point):
            try run.restart(ordinal, from: point)
        case .end:
            try end(run)
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
            // The worker has not heard of the lease, and passes over the steps that are sent meanwhile.
            let key = DocumentKey(job: run.id, ordinal: ordinal)
            report(run.id, .snapshotUnreadable(key, lease, worker, reason: "\(error)"))
        }
    }

    private func keepSnapshot(
        _ key: DocumentKey, _ lease: LeaseID, _ point: ResumePoint, _ bytes: [UInt8], from sender: WorkerID,
        _ run: JobRun
    ) throws {
        guard let path = try run.snapshotPath(key.ordinal, point), let number = runs[key.job]?.number,
            let text = run.text(of: key.ordinal, tokens: point.tokens)
        else { return report(key.job, .progress(.snapshotLost(key, point))) }
        snapshots.write(
            .init(
                key: key, run: number, lease: lease, point: point, sender: sender,
                origin: run.snapshotOrigin(of: key.ordinal), text: text, path: path, bytes: bytes))
    }

    /// The writer has put a snapshot on the disk, or could not.
    private func ended(_ snapshot: SnapshotWriter.Job, _ outcome: SnapshotWriter.Outcome, _ run: JobRun) throws {
        let (key, point) = (snapshot.key, snapshot.point)
        var isDurable = false
        switch outcome {
        case .written:
            isDurable = try run.snapshotWritten(key.ordinal, snapshot.lease, point)
        case .failed(let failure):
            report(run.id, .snapshotUnwritten(reason: "\(failure)"))
            run.snapshotLost(key.ordinal, point)
        case .misfit(let error):
            run.snapshotRefused(key.ordinal, point)
            let problem = "a snapshot of document \(key) does not fit its step: \(error)"
            report(run.id, .misfit(snapshot.sender, problem: problem))
        }
        report(run.id, .progress(isDurable ? .snapshotWritten(key, point) : .snapshotLost(key, point)))
    }
}

extension StorageCommand {
    /// Whether it may be milliseconds until it is carried out: a disk answers late, or a document's row is long.
    fileprivate var takesLong: Bool {
        switch self {
        case .accept, .begin, .forget, .snapshot, .end, .carryOut(_, .keepSnapshot), .carryOut(_, .end),
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

extension InputProblem {
    fileprivate init(_ failure: Coordination.Failure) {
        self.init(Code(rawValue: failure.code) ?? .failed, failure.message)
    }
}
