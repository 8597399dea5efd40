package import Coordination
package import Documents
import FoundationEssentials
import Jobs
import Ledger
import ZeroMQ

/// A job that is running: its feed, its open documents, its output, and how far it is.
///
/// Used by the storage thread alone.
package final class JobRun {
    package let id: JobID
    let job: Job
    let plan: StepPlan
    let model: ModelReference
    package internal(set) var status: JobStatus
    /// Files among the inputs that are no documents by their names; `nil` if there are none.
    package let passedOver: PassedOver?
    let paths: JobPaths
    let ledger: JobLedger
    private let output: JobOutput
    let summary: ModelSummary
    private let feedCommands: Mailbox<FeedCommand>
    private let startedAt = Date.now
    var open: [Int: OpenDocument] = [:]
    var snapshots = DocumentSnapshots()
    /// Granted since the ledger was told last.
    private var newLeases: [Int: LeaseID] = [:]
    /// Finished documents whose files stay until that is recorded.
    private var retired: [OpenDocument] = []
    /// Ids of open documents and of finished ones that are not in the ledger yet.
    private var recentIDs: [ExactString: Int] = [:]
    private var finishedIDs: [ExactString] = []
    /// Documents whose batches are not wanted any more although the feed still reads them.
    private var discarded: Set<Int> = []

    /// Takes a job up and starts to read its inputs.
    /// - Parameters:
    ///   - limits: of what reading the inputs may hold.
    ///   - post: takes what the feed says to the storage thread.
    /// - Throws: `JobRefusal`.
    package init(
        _ prepared: PreparedJob, limits: DocumentReader.Limits = .init(),
        post: @escaping @Sendable (FeedEvent) -> Void
    ) throws(JobRefusal) {
        let (job, model) = (prepared.job, prepared.model)
        id = prepared.id
        passedOver = prepared.passedOver
        self.job = job
        plan = model.plan(of: job.task, chunkTokens: job.chunkTokens)
        summary = model
        self.model = ModelReference(
            directory: job.model, digest: model.digest, dataType: job.dataType.rawValue)
        let paths = JobPaths(output: job.output)
        self.paths = paths
        ledger = prepared.ledger
        snapshots = prepared.snapshots
        output = try JobRefusal.naming {
            try JobOutput(paths: paths, ledger: prepared.ledger, start: prepared.start)
        }
        status = JobStatus(
            id: id, task: job.task.name, output: job.output, state: .running, inputBytesTotal: prepared.inputBytes)
        status.documentsDone = output.position.documentsDone
        status.documentsFailed = output.position.documentsFailed
        feedCommands = try JobRefusal.naming { try Mailbox<FeedCommand>() }
        removeLeftovers()
        try startFeed(prepared.start.setup.limits(limits), post)
    }

    private func startFeed(
        _ limits: DocumentReader.Limits, _ post: @escaping @Sendable (FeedEvent) -> Void
    ) throws(JobRefusal) {
        let nextOrdinal = output.position.nextOrdinal
        let ahead = output.ordinalsAhead
        let (ledger, summary, task, commands) = (ledger, summary, job.task, feedCommands)
        try JobRefusal.naming {
            _ = try OSThread(name: "feed") {
                var feed = DocumentFeed(
                    files: LedgerInputs(ledger), limits: limits, model: summary, task: task,
                    isFinished: { $0 < nextOrdinal || ahead.contains($0) },
                    record: { try ledger.addDigests($0) }, commands: commands, send: post)
                feed.run()
            }
        }
    }

    // MARK: - What the feed says

    /// - Returns: what the scheduler is to know.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func handle(_ event: FeedEvent) throws -> SchedulerEvent? {
        switch event {
        case .opened(let header, let task):
            return try opened(header, task)
        case .batch(let ordinal, let batch):
            return try took(batch, of: ordinal)
        case .abandoned(let ordinal, let problem):
            if discarded.remove(ordinal) != nil { return nil }
            guard open[ordinal] != nil else { return nil }
            try fail(ordinal, problem)
            // Nothing more of it comes.
            discarded.remove(ordinal)
            return .documentAbandoned(DocumentKey(job: id, ordinal: ordinal))
        case .rejected(let header, let problem):
            try reject(header, problem)
            return .documentRejected(DocumentKey(job: id, ordinal: header.ordinal))
        case .waiting(let lack):
            status.waiting = lack.map { "reading waits: \($0)" }
            return nil
        case .exhausted(let documents):
            status.documentsTotal = documents
            status.inputBytesRead = status.inputBytesTotal
            return .inputsExhausted(id)
        case .failed(let error):
            status.waiting = nil
            throw JobRefusal(error)
        }
    }

    private func opened(_ header: DocumentHeader, _ task: Job.Task) throws -> SchedulerEvent {
        let key = DocumentKey(job: id, ordinal: header.ordinal)
        let earlier = try recentIDs[ExactString(header.identity)] ?? ledger.ordinal(ofID: header.identity)
        if let earlier {
            discarded.insert(header.ordinal)
            let message = "document \(earlier + 1) of the inputs has the \(header.name) already"
            try reject(header, InputProblem(.duplicateID, message))
            return .documentRejected(key)
        }
        let document = try reopened(header, task)
        open[header.ordinal] = document
        recentIDs[ExactString(header.identity)] = header.ordinal
        let resumption = resumption(of: header.ordinal)
        document.profile = resumption?.profile
        status.tokensResumed += document.tokensRecorded
        return .documentOpened(
            key,
            plan: task == job.task && header.texts == 1
                ? nil : summary.plan(of: task, chunkTokens: job.chunkTokens, texts: header.texts),
            resumption: resumption)
    }

    /// A document with what an earlier start recorded of it, as far as that can be read.
    private func reopened(_ header: DocumentHeader, _ task: Job.Task) throws -> OpenDocument {
        while let last = snapshots[header.ordinal].last {
            do {
                return try OpenDocument(
                    header, task: task, modelName: job.modelName, decoder: summary.tokenizer, paths: paths,
                    progress: last.progress)
            } catch {
                // The snapshot before it needs less; without any, the document starts again.
                try discardSnapshot(header.ordinal, last.record.point)
            }
        }
        return try OpenDocument(
            header, task: task, modelName: job.modelName, decoder: summary.tokenizer, paths: paths)
    }

    private func took(_ batch: FeedBatch, of ordinal: Int) throws -> SchedulerEvent? {
        feedCommands.post(.took)
        guard let document = open[ordinal] else {
            if batch.isLast { discarded.remove(ordinal) }
            return nil
        }
        try document.append(batch)
        status.tokensRead += batch.ids.count
        status.inputBytesRead = batch.inputBytesRead
        status.inputBytesSkipped = batch.inputBytesSkipped
        if batch.isLast, let generation = StepPlan(chunkTokens: job.chunkTokens, document.task).generation {
            let more = generation.tokens(texts: document.header.texts)
            let (sum, isMore) = status.tokensToGenerate.addingReportingOverflow(more)
            status.tokensToGenerate = isMore ? .max : sum
        }
        return .tokensRead(
            DocumentKey(job: id, ordinal: ordinal), total: document.tokens.count, isComplete: batch.isLast,
            textEnds: batch.textEnds)
    }

    package func openDocuments(_ count: Int) {
        feedCommands.post(.open(count))
    }

    // MARK: - What the scheduler decides

    /// - Parameters:
    ///   - profile: of the worker that gets the document.
    ///   - point: from which it goes on.
    /// - Throws: `FileError` when the snapshot cannot be read.
    package func grant(
        _ lease: LeaseID, _ ordinal: Int, profile: String?, from point: ResumePoint? = nil
    ) throws -> LeaseGrant? {
        guard let document = open[ordinal] else { return nil }
        document.profile = profile
        document.lease = lease
        newLeases[ordinal] = lease
        let snapshot = try point.map { try contents(of: paths.snapshot(ordinal, steps: $0.steps)) }
        return LeaseGrant(
            lease: lease, document: DocumentKey(job: id, ordinal: ordinal), documentID: document.header.identity,
            task: document.task, model: model, firstStep: point?.steps ?? 0, snapshot: snapshot)
    }

    func takeNewLeases() -> [Int: LeaseID] {
        defer { newLeases = [:] }
        return newLeases
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

    /// Tokens of the sample that a document goes on with.
    func made(of ordinal: Int) -> [Int32] { open[ordinal]?.sample.made.tokens ?? [] }

    /// - Parameter tokensRead: by the step.
    /// - Throws: `FileError`; the job cannot go on then.
    package func record(_ output: StepOutput, of ordinal: Int, tokensRead: Int) throws {
        guard let document = open[ordinal] else { return }
        let tokens = output.generated?.tokens.count ?? tokensRead
        status.tokensDone += tokens
        try document.record(output, tokens: tokens)
    }

    /// - Parameter point: a snapshot that is kept; `nil`: the document's start.
    package func restart(_ ordinal: Int, from point: ResumePoint? = nil) throws {
        guard let document = open[ordinal] else { return }
        status.documentsMoved += 1
        let progress = point.flatMap { snapshots.progress(of: ordinal, at: $0) }
        precondition(point == nil || progress != nil, "document \(ordinal) goes on from a snapshot that nobody kept")
        let before = document.tokensRecorded
        try document.restart(from: progress)
        status.tokensRecomputed += before - document.tokensRecorded
        // Nothing later is of use any more.
        if point == nil { try discardUseless(ordinal) }
    }

    package func complete(_ ordinal: Int) throws {
        guard let document = close(ordinal) else { return }
        try output.finish(
            .init(
                ordinal: ordinal, id: document.header.identity, tokens: document.tokens.count, digest: document.digest,
                profile: document.profile, lease: document.lease),
            rows: document.finishedRows())
        count()
    }

    /// - Throws: also `JobRefusal` when there are more errors than the job allows.
    package func fail(_ ordinal: Int, _ problem: InputProblem) throws {
        guard let document = close(ordinal) else { return }
        if !document.isReadCompletely { discarded.insert(ordinal) }
        try writeErrorRow(document.header, problem, ownsID: true)
    }

    private func reject(_ header: DocumentHeader, _ problem: InputProblem) throws {
        try writeErrorRow(header, problem, ownsID: false)
    }

    private func writeErrorRow(_ header: DocumentHeader, _ problem: InputProblem, ownsID: Bool) throws {
        let rows = Spool<UInt8>(path: paths.spool(header.ordinal, "rows"))
        try rows.append(header.errorRow(problem))
        try output.finish(
            .init(ordinal: header.ordinal, id: header.identity, ownsID: ownsID, isError: true, tokens: 0), rows: rows)
        count()
        try checkErrorLimit(after: "; the last is \(header.source): \(problem.message)")
    }

    private func close(_ ordinal: Int) -> OpenDocument? {
        guard let document = open.removeValue(forKey: ordinal) else { return nil }
        finishedIDs.append(ExactString(document.header.identity))
        if snapshots.hasFiles(of: ordinal) { retired.append(document) }
        return document
    }

    private func count() {
        status.documentsDone = output.position.documentsDone
        status.documentsFailed = output.position.documentsFailed
    }

    /// - Parameter detail: what is known of the errors. Their rows need not be in the errors file yet: it has the order
    ///   of the inputs.
    private func checkErrorLimit(after detail: String) throws {
        let failed = status.documentsFailed
        let seen = status.documentsTotal ?? failed + status.documentsDone + open.count
        let isPassed =
            switch job.errorLimit {
            case .none: false
            case .count(let limit): failed > limit
            // A part of few documents says nothing yet; at the end it is taken of all.
            case .fraction(let limit):
                (seen >= 100 || status.documentsTotal != nil) && Double(failed) > limit * Double(seen)
            }
        guard isPassed else { return }
        let failure = Failure(
            code: "too_many_errors",
            message: "\(failed) error rows are more than max_errors allows\(detail)")
        throw JobRefusal(failure, exitStatus: ExitStatus.failure)
    }

    // MARK: - Durability and the end

    package var hasUncommitted: Bool { output.hasUncommitted }

    /// Makes finished documents durable.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func commit() throws {
        guard output.hasUncommitted else { return }
        try output.commit(leases: takeNewLeases())
        for id in finishedIDs { recentIDs[id] = nil }
        finishedIDs = []
        for document in retired {
            document.removeFiles()
            removeSnapshotFiles(document.header.ordinal)
        }
        retired = []
    }

    /// Moves rows that came ahead to the output, some megabytes of them: what an update takes over can be long.
    /// - Returns: whether all are moved; before, the job cannot be finished.
    package func catchUp() throws -> Bool { try output.catchUp() }

    /// The job is done: writes the manifest, gives the files their names and removes what was needed to go on after a
    /// crash.
    /// - Returns: names of files in the work directory that are not longscan's, and stay.
    @discardableResult
    package func finish() throws -> [String] {
        while try !output.catchUp() {}
        try checkIsWhole()
        try checkErrorLimit(after: "; see \(paths.errors)")
        try commit()
        status.state = status.documentsFailed == 0 ? .completed : .completedWithErrors
        CrashPoint.pass(.writingManifest)
        try manifest().write(to: paths.stagedManifest, inputs: ledger)
        var setup = output.setup
        setup.isPublishing = true
        try setup.remember(in: ledger)
        try Publication(paths: paths, ledger: ledger, setup: setup).publish()
        CrashPoint.pass(.manifestWritten)
        let others = WorkDirectory(paths).remove()
        CrashPoint.pass(.workRemoved)
        return others
    }

    /// Rows that an update has taken over lie at the places that their documents had when it began. Inputs that changed
    /// since have other places.
    private func checkIsWhole() throws {
        let isWhole = status.documentsTotal.map { $0 == output.position.nextOrdinal } ?? true
        guard !isWhole || !output.ordinalsAhead.isEmpty else { return }
        throw JobRefusal(
            Failure(
                code: "inputs_changed",
                message: "inputs have changed while the job ran, and their documents are not those that it began with: "
                    + "use --update once more"),
            exitStatus: ExitStatus.badData)
    }

    /// The job ends here and can be taken up again: what is finished is kept.
    package func stop(_ failure: CoordinatorMessage.Refused) {
        status.state = .failed
        status.failure = failure
        feedCommands.post(.stop)
        feedCommands.close()
        open = [:]
    }

    private func manifest() throws -> Manifest {
        let (position, digests) = (output.position, output.digests)
        return Manifest(
            version: CoordinatorDaemon.version, jobID: id, state: status.state, job: ManifestJob(job),
            modelDigest: model.digest,
            dataType: job.dataType,
            profiles: try ledger.profiles().map { .init(profile: $0.name, documents: $0.documents) },
            counts: .init(
                documents: status.documentsDone, errors: status.documentsFailed, tokens: position.tokens,
                outputBytes: position.outputLength),
            passedOver: passedOver,
            output: .init(bytes: position.outputLength, sha256: digests.output),
            errors: digests.errors.map { .init(bytes: position.errorsLength, sha256: $0) },
            documents: digests.documents.map { .init(bytes: position.documentsLength, sha256: $0) },
            startedAt: startedAt, finishedAt: .now)
    }
}
