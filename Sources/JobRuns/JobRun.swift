package import Coordination
package import Documents
import FoundationEssentials
package import Jobs
import Ledger
import Threads

/// A running job: its state machine, and the files, the feed and the open documents that the machine controls.
///
/// Only the storage thread uses it.
package final class JobRun {
    package let id: JobID
    /// The number of this run of the job since the coordinator started.
    let number: Int
    let job: Job
    let plan: StepPlan
    let model: ModelReference
    /// The files of the inputs whose names are not names of documents; `nil` if there are none.
    package let passedOver: PassedOver?
    let paths: JobPaths
    let ledger: JobLedger
    let output: JobOutput
    let summary: ModelSummary
    let feedCommands: Mailbox<FeedCommand>
    let startedAt = Date.now
    private let clock: () -> Instant
    let writeSnapshot: (SnapshotWriter.Job) -> Void
    var machine: JobMachine<OpenDocument.Progress>
    var open: [Int: OpenDocument] = [:]
    /// The documents that have just begun, or were just rejected.
    var beginning: [Int: (header: DocumentHeader, task: Job.Task)] = [:]
    /// The finished documents whose files stay until their rows are durable.
    var retired: [Int: OpenDocument] = [:]
    /// The documents whose rows are left to be moved, after others had their turn.
    var toMove: Range<Int>?
    /// The bytes that were moved since the last event of the state machine.
    var bytesMoved = 0
    /// The last document with an error row, and its reason, for error messages.
    var lastError = ""
    /// The reports since the last call that took them.
    private var reports: [JobReport] = []
    /// The names of foreign files in the work directory, which stay; `nil` until the job is done.
    package private(set) var leftBehind: [String]?

    /// Begins or resumes a job, and starts to read its inputs.
    /// - Parameters:
    ///   - number: the number of this run of the job.
    ///   - limits: the memory limits for reading the inputs.
    ///   - clock: returns the present time.
    ///   - writeSnapshot: takes snapshots that are to be written.
    ///   - post: takes the feed's events to the storage thread.
    /// - Throws: `JobRefusal`.
    package init(
        _ prepared: PreparedJob, number: Int = 1, limits: DocumentReader.Limits = .init(),
        clock: @escaping () -> Instant, writeSnapshot: @escaping (SnapshotWriter.Job) -> Void,
        post: @escaping @Sendable (FeedEvent) -> Void
    ) throws(JobRefusal) {
        let (job, model, position) = (prepared.job, prepared.model, prepared.start.position)
        id = prepared.id
        self.number = number
        passedOver = prepared.passedOver
        self.job = job
        plan = model.plan(of: job.task, chunkTokens: job.chunkTokens)
        summary = model
        self.model = ModelReference(
            directory: job.model, digest: model.digest, dataType: job.dataType.rawValue)
        let paths = JobPaths(output: job.output)
        self.paths = paths
        ledger = prepared.ledger
        self.clock = clock
        self.writeSnapshot = writeSnapshot
        output = try JobRefusal.naming {
            try JobOutput(paths: paths, ledger: prepared.ledger, start: prepared.start)
        }
        var status = JobStatus(
            id: id, task: job.task.name, output: job.output, state: .running, inputBytesTotal: prepared.inputBytes)
        status.documentsDone = position.documentsDone
        status.documentsFailed = position.documentsFailed
        machine = JobMachine(
            id, errorLimit: job.errorLimit,
            output: .init(nextOrdinal: position.nextOrdinal, ahead: prepared.start.ordinalsAhead),
            snapshots: prepared.snapshots, status: status)
        feedCommands = try JobRefusal.naming { try Mailbox<FeedCommand>() }
        removeLeftovers()
        try startFeed(prepared.start.setup.limits(limits), post)
    }

    private func startFeed(
        _ limits: DocumentReader.Limits, _ post: @escaping @Sendable (FeedEvent) -> Void
    ) throws(JobRefusal) {
        let finished = machine.output
        let (ledger, summary, task, commands) = (ledger, summary, job.task, feedCommands)
        try JobRefusal.naming {
            _ = try OSThread(name: "feed") {
                var feed = DocumentFeed(
                    files: LedgerInputs(ledger), limits: limits, model: summary, task: task,
                    isFinished: finished.isFinished, record: { try ledger.addDigests($0) }, commands: commands,
                    send: post)
                feed.run()
            }
        }
    }

    package var status: JobStatus { machine.status }

    /// Tells the machine something, and carries out what it decides.
    /// - Parameter moved: bytes that were moved already.
    /// - Throws: `FileError`, `LedgerError`, `JobRefusal`; the job cannot go on then.
    func tell(_ event: JobEvent<OpenDocument.Progress>, having moved: Int = 0) throws {
        bytesMoved = moved
        var events = [event]
        var next = 0
        while next < events.count {
            for action in machine.handle(events[next], at: clock()) {
                if let answer = try carryOut(action) { events.append(answer) }
            }
            next += 1
        }
    }

    func report(_ report: JobReport) {
        reports.append(report)
    }

    package func takeReports() -> [JobReport] {
        defer { reports = [] }
        return reports
    }

    // MARK: - Events of the feed

    /// - Throws: `FileError`, `LedgerError`, `JobRefusal`; the job cannot go on then.
    package func handle(_ event: FeedEvent) throws {
        switch event {
        case .opened(let header, let task):
            beginning[header.ordinal] = (header, task)
            let plan =
                task == job.task && header.texts == 1
                ? nil : summary.plan(of: task, chunkTokens: job.chunkTokens, texts: header.texts)
            try tell(
                .began(
                    header.ordinal, identity: ExactString(header.identity),
                    recorded: try ledger.ordinal(ofID: header.identity), plan: plan))
            beginning[header.ordinal] = nil
        case .batch(let ordinal, let batch):
            try took(batch, of: ordinal)
        case .abandoned(let ordinal, let problem):
            try tell(.abandoned(ordinal, Failure(problem)))
        case .rejected(let header, let problem):
            beginning[header.ordinal] = (header, job.task)
            try tell(.rejected(header.ordinal, Failure(problem)))
            beginning[header.ordinal] = nil
        case .waiting(let lack):
            machine.status.waiting = lack.map { "reading waits: \($0)" }
            report(.readingWaits(reason: lack.map { "\($0)" } ?? "it goes on"))
        case .exhausted(let documents):
            machine.status.inputBytesRead = machine.status.inputBytesTotal
            try tell(.exhausted(documents: documents))
        case .failed(let error):
            machine.status.waiting = nil
            throw JobRefusal(error)
        }
    }

    private func took(_ batch: FeedBatch, of ordinal: Int) throws {
        feedCommands.post(.took)
        if let document = open[ordinal] {
            try document.append(batch)
            machine.status.inputBytesRead = batch.inputBytesRead
            machine.status.inputBytesSkipped = batch.inputBytesSkipped
            if batch.isLast, let generation = StepPlan(chunkTokens: job.chunkTokens, document.task).generation {
                let more = generation.tokens(texts: document.header.texts)
                let (sum, isMore) = status.tokensToGenerate.addingReportingOverflow(more)
                machine.status.tokensToGenerate = isMore ? .max : sum
            }
        }
        try tell(
            .read(
                ordinal, tokens: batch.ids.count, total: open[ordinal]?.tokens.count ?? 0, isLast: batch.isLast,
                textEnds: batch.textEnds))
    }

    package func openDocuments(_ count: Int) {
        feedCommands.post(.open(count))
    }

    // MARK: - Decisions of the coordinator

    /// - Parameters:
    ///   - profile: the profile of the worker that gets the document.
    ///   - point: the point from which the document goes on.
    /// - Returns: the grant; `nil` if the document has ended.
    /// - Throws: `FileError` if the snapshot cannot be read.
    package func grant(
        _ lease: LeaseID, _ ordinal: Int, profile: String?, from point: ResumePoint? = nil
    ) throws -> LeaseGrant? {
        guard let document = open[ordinal] else { return nil }
        try tell(.granted(ordinal, lease, profile: profile))
        let snapshot = try point.map { FrameBytes(try contents(of: paths.snapshot(ordinal, steps: $0.steps))) }
        return LeaseGrant(
            lease: lease, document: DocumentKey(job: id, ordinal: ordinal), documentID: document.header.identity,
            task: document.task, model: model, firstStep: point?.steps ?? 0, snapshot: snapshot)
    }

    /// The step with its tokens.
    package func step(
        _ lease: LeaseID, _ ordinal: Int, number: Int, _ work: StepPlan.Work, wantsSnapshot: Bool = false
    ) throws -> Step? {
        guard let document = open[ordinal] else { return nil }
        switch work {
        case .read(let range, let isLast):
            let tokens = try document.tokens.elements(range)
            return Step(
                lease: lease, number: number, work: .read(tokens: tokens, isLast: isLast),
                wantsSnapshot: wantsSnapshot)
        case .generate(let sample, let atMost):
            return Step(
                lease: lease, number: number, work: .generate(sample: sample, atMost: atMost),
                wantsSnapshot: wantsSnapshot)
        }
    }

    /// The tokens so far of the sample with which a document goes on.
    func made(of ordinal: Int) -> [Int32] { open[ordinal]?.sampleTokens ?? [] }

    /// - Parameter tokensRead: the tokens that the step has read.
    /// - Throws: `FileError`; the job cannot go on then.
    package func record(_ output: StepOutput, of ordinal: Int, tokensRead: Int) throws {
        guard let document = open[ordinal] else { return }
        let tokens = output.generated?.tokens.count ?? tokensRead
        try document.record(output, tokens: tokens)
        try tell(.recorded(ordinal, tokens: tokens))
    }

    package func keepSnapshot(_ ordinal: Int, _ snapshot: ArrivedSnapshot) throws {
        try tell(.snapshotCame(ordinal, snapshot))
    }

    /// Notes that a snapshot is on the disk, or never will be.
    package func snapshotWritten(
        _ ordinal: Int, _ lease: LeaseID, _ point: ResumePoint, _ fate: SnapshotFate
    ) throws {
        if fate == .durable { CrashPoint.pass(.snapshotOnDisk) }
        try tell(.snapshotWritten(ordinal, lease, point, fate))
    }

    /// Drops a snapshot that cannot be read.
    package func discardSnapshot(_ ordinal: Int, _ point: ResumePoint) throws {
        try tell(.snapshotDiscarded(ordinal, point))
    }

    /// - Parameter point: the point of a durable snapshot; `nil`: the document's start.
    package func restart(_ ordinal: Int, from point: ResumePoint? = nil) throws {
        try tell(.restarted(ordinal, from: point))
    }

    package func complete(_ ordinal: Int) throws {
        try tell(.completed(ordinal))
    }

    /// - Throws: also `JobRefusal` if more documents have failed than the job allows.
    package func fail(_ ordinal: Int, _ failure: Failure) throws {
        try tell(.failed(ordinal, failure))
    }

    // MARK: - Durability and the end

    /// The latest time for the next ``tick()``.
    var nextDeadline: Instant? { machine.nextDeadline }

    func tick() throws {
        try tell(.tick)
    }

    /// Makes finished documents durable.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func commit() throws {
        try tell(.commit)
    }

    /// Whether somebody was asked to let the run ``goOn()``.
    var isGoOnAsked = false

    /// Whether rows are left to be moved, after others had their turn.
    package var hasMoreToMove: Bool { toMove != nil }

    /// Moves more rows.
    package func goOn() throws {
        guard let ordinals = toMove else { return }
        toMove = nil
        isGoOnAsked = false
        var moved = 0
        let next = try output.moveAhead(ordinals, &moved)
        try tell(.moved(to: next), having: moved)
    }

    /// Notes that all documents have ended. The job is done when its rows are durable.
    package func end() throws {
        try tell(.ended)
    }

    /// Notes that the job is done.
    func finished(leaving others: [String]) {
        leftBehind = others
    }

    /// Ends the run. Finished rows are kept, and the job can go on later.
    package func stop(_ failure: CoordinatorMessage.Refused) {
        machine.status.state = .failed
        machine.status.failure = failure
        feedCommands.post(.stop)
        feedCommands.close()
        open = [:]
    }
}

extension Failure {
    fileprivate init(_ problem: InputProblem) {
        self.init(code: problem.code.rawValue, message: problem.message)
    }
}
