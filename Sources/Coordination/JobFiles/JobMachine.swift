public import Jobs

/// The decisions about a running job's files: where the rows of each document go, what is made durable and when, which
/// snapshots exist, and when the job is done.
///
/// A driver carries the actions out in order and answers those that ask for an answer. It may answer late: meanwhile
/// the machine does what does not depend on the answer. It tells the coordinator, and publishes, only what is durable.
public struct JobMachine<Progress: Sendable>: Sendable {
    private struct Document: Sendable {
        let identity: ExactString
        let plan: StepPlan?
        var lease: LeaseID?
        var profile: String?
        var isRead = false
        /// The recorded tokens, read or generated.
        var tokensRecorded = 0
    }

    /// A document that has its rows. It is forgotten when they are durable.
    private struct Retired: Sendable {
        let ordinal: Int
        let identity: ExactString
        let hasFiles: Bool
        /// The number of the cut that makes the rows durable.
        let cut: Int
    }

    private enum Ending: Sendable {
        case no
        /// All documents have ended.
        case begun
        /// The job is published or stopped.
        case over
    }

    private let id: JobID
    private let errorLimit: Job.ErrorLimit
    public private(set) var output: OutputProgress
    public private(set) var snapshots: SnapshotBook<Progress>
    /// The status of the job. The driver fills in what the machine does not count.
    public var status: JobStatus

    private var documents: [Int: Document] = [:]
    /// The documents that are still being read although their tokens are not wanted.
    private var discarded: Set<Int> = []
    /// The identities that are not in the ledger yet.
    private var identities: [ExactString: Int] = [:]
    /// Documents that have ended and whose rows are being written, with their identities if these are their own.
    private var endings: [Int: (ended: EndedDocument, identity: ExactString?)] = [:]
    private var retired: [Retired] = []
    /// The leases granted since the last record in the ledger, by document.
    private var newLeases: [Int: LeaseID] = [:]
    private var commit = CommitProgress()
    /// Whether rows went to the file of rows ahead since the last cut.
    private var isAheadWritten = false
    /// Whether the output had all rows of the file of rows ahead at the last cut.
    private var isAheadOver = false
    private var isMoving = false
    private var ending = Ending.no
    private var now = Instant()
    private var actions: [JobAction<Progress>] = []

    /// - Parameters:
    ///   - output: the progress of the output at the end of an earlier run.
    ///   - snapshots: the snapshots that an earlier run recorded.
    ///   - status: the status, with the documents that are done.
    public init(
        _ id: JobID, errorLimit: Job.ErrorLimit, output: OutputProgress = .init(),
        snapshots: SnapshotBook<Progress> = .init(), status: JobStatus
    ) {
        self.id = id
        self.errorLimit = errorLimit
        self.output = output
        self.snapshots = snapshots
        self.status = status
    }

    /// The latest time for the next `tick`.
    public var nextDeadline: Instant? { commit.deadline }

    /// Whether everything written is durable.
    public var isDurable: Bool { commit.isClean }

    /// Whether more tokens of a document are wanted.
    public func isOpen(_ ordinal: Int) -> Bool { documents[ordinal] != nil }

    public mutating func handle(_ event: JobEvent<Progress>, at now: Instant) -> [JobAction<Progress>] {
        self.now = now
        take(event)
        defer { actions = [] }
        return actions
    }

    private mutating func take(_ event: JobEvent<Progress>) {
        switch event {
        case .synchronized(let cut):
            act(.commit(cut: cut, leases: takeNewLeases(), isAheadOver: isAheadOver))
        case .committed(let cut):
            committed(cut)
        case .commit:
            cutNow()
        case .tick:
            if let deadline = commit.deadline, deadline <= now { cutNow() }
        case .written(let ordinal):
            written(ordinal)
        case .moved(let next):
            moved(to: next)
        case .began, .read, .abandoned, .rejected, .exhausted, .granted, .recorded, .snapshotCame, .snapshotDiscarded,
            .restarted, .completed, .failed, .ended, .opened, .unopened, .documentSynchronized, .snapshotWritten,
            .snapshotRecorded:
            if ending != .over { takeOfDocument(event) }
        }
    }

    private mutating func takeOfDocument(_ event: JobEvent<Progress>) {
        switch event {
        case .began(let ordinal, let identity, let recorded, let plan):
            began(ordinal, identity, recorded: recorded, plan)
        case .read(let ordinal, let tokens, let total, let isLast, let textEnds):
            read(ordinal, tokens: tokens, total: total, isLast: isLast, textEnds)
        case .abandoned(let ordinal, let failure):
            abandoned(ordinal, failure)
        case .rejected(let ordinal, let failure):
            finish(ordinal, .error(failure), nil)
            tell(.documentRejected(key(ordinal)))
        case .exhausted(let count):
            status.documentsTotal = count
            tell(.inputsExhausted(id))
        case .granted(let ordinal, let lease, let profile):
            guard documents[ordinal] != nil else { return }
            documents[ordinal]?.lease = lease
            documents[ordinal]?.profile = profile
            newLeases[ordinal] = lease
        case .recorded(let ordinal, let tokens):
            guard documents[ordinal] != nil else { return }
            status.tokensDone += tokens
            documents[ordinal]?.tokensRecorded += tokens
        case .restarted(let ordinal, let point):
            restart(ordinal, from: point)
        case .completed(let ordinal):
            if let document = close(ordinal) { finish(ordinal, .rows, document) }
        case .failed(let ordinal, let failure):
            fail(ordinal, failure)
        case .ended:
            ending = .begun
            // An update may have taken over rows that no document has brought to their turn.
            moveAhead()
            end()
        case .opened(let ordinal):
            opened(ordinal)
        case .unopened(let ordinal, let point):
            discardSnapshot(ordinal, point)
            open(ordinal)
        case .snapshotCame(let ordinal, let snapshot):
            snapshotCame(ordinal, snapshot)
        case .documentSynchronized(let ordinal, let snapshot, let progress, let tokens):
            documentSynchronized(ordinal, snapshot, progress, tokens)
        case .snapshotWritten(let ordinal, let lease, let point, let fate):
            snapshotWritten(ordinal, lease, point, fate)
        case .snapshotRecorded(let ordinal, let lease, let point):
            tell(snapshotIsOf(lease, ordinal, point))
        case .snapshotDiscarded(let ordinal, let point):
            discardSnapshot(ordinal, point)
        case .synchronized, .committed, .commit, .tick, .moved, .written:
            break
        }
    }

    private mutating func act(_ action: JobAction<Progress>) {
        actions.append(action)
    }

    private mutating func tell(_ event: SchedulerEvent) {
        act(.tell(event))
    }

    private func key(_ ordinal: Int) -> DocumentKey { DocumentKey(job: id, ordinal: ordinal) }

    private mutating func takeNewLeases() -> [Int: LeaseID] {
        defer { newLeases = [:] }
        return newLeases
    }

    // MARK: - The inputs

    private mutating func began(_ ordinal: Int, _ identity: ExactString, recorded: Int?, _ plan: StepPlan?) {
        if let earlier = identities[identity] ?? recorded {
            discarded.insert(ordinal)
            finish(ordinal, .duplicate(of: earlier), nil)
            return tell(.documentRejected(key(ordinal)))
        }
        identities[identity] = ordinal
        documents[ordinal] = Document(identity: identity, plan: plan)
        open(ordinal)
    }

    /// Opens a document at its last snapshot, or at its start.
    private mutating func open(_ ordinal: Int) {
        guard documents[ordinal] != nil else { return }
        let last = snapshots[ordinal].last
        act(.open(ordinal, from: last?.point, last?.progress))
    }

    private mutating func opened(_ ordinal: Int) {
        guard let document = documents[ordinal] else { return }
        let resumption = snapshots.resumption(of: ordinal)
        let tokens = snapshots[ordinal].last?.tokens ?? 0
        documents[ordinal]?.profile = resumption?.profile
        documents[ordinal]?.tokensRecorded = tokens
        status.tokensResumed += tokens
        tell(.documentOpened(key(ordinal), plan: document.plan, resumption: resumption))
    }

    private mutating func read(_ ordinal: Int, tokens: Int, total: Int, isLast: Bool, _ textEnds: [Int]) {
        guard documents[ordinal] != nil else {
            if isLast { discarded.remove(ordinal) }
            return
        }
        documents[ordinal]?.isRead = isLast
        status.tokensRead += tokens
        tell(.tokensRead(key(ordinal), total: total, isComplete: isLast, textEnds: textEnds))
    }

    private mutating func abandoned(_ ordinal: Int, _ failure: Failure) {
        guard discarded.remove(ordinal) == nil, documents[ordinal] != nil else { return }
        fail(ordinal, failure)
        // No more tokens of the document come.
        discarded.remove(ordinal)
        tell(.documentAbandoned(key(ordinal)))
    }

    // MARK: - The ends of documents

    private mutating func close(_ ordinal: Int) -> Document? {
        documents.removeValue(forKey: ordinal)
    }

    private mutating func fail(_ ordinal: Int, _ failure: Failure) {
        guard let document = close(ordinal) else { return }
        if !document.isRead { discarded.insert(ordinal) }
        finish(ordinal, .error(failure), document)
    }

    /// - Parameter document: the open document; `nil` if it never was open.
    private mutating func finish(_ ordinal: Int, _ ending: EndedDocument.Ending, _ document: Document?) {
        let isRows = ending == .rows
        let ended = EndedDocument(
            ordinal: ordinal, ending: ending, place: output.finish(ordinal), lease: isRows ? document?.lease : nil,
            profile: isRows ? document?.profile : nil, keepsFiles: snapshots.hasFiles(of: ordinal))
        snapshots.abandon(ordinal)
        if ended.place == .ahead { isAheadWritten = true }
        endings[ordinal] = (ended, document?.identity)
        act(.write(ended))
    }

    /// Rows that could not be written are none, and the document's files stay.
    private mutating func written(_ ordinal: Int) {
        guard let (ended, identity) = endings.removeValue(forKey: ordinal) else { return }
        if let identity {
            retired.append(
                Retired(ordinal: ordinal, identity: identity, hasFiles: ended.keepsFiles, cut: commit.nextCut))
        }
        commit.wrote(at: now)
        status.documentsDone += ended.isError ? 0 : 1
        status.documentsFailed += ended.isError ? 1 : 0
        guard ending != .over else { return }
        moveAhead()
        if ended.isError { checkErrorLimit(last: ordinal) }
        end()
    }

    private mutating func moveAhead() {
        guard !isMoving, let ordinals = output.movable else { return }
        isMoving = true
        act(.moveAhead(ordinals))
    }

    private mutating func moved(to next: Int) {
        isMoving = false
        output.moved(to: next)
        commit.wrote(at: now)
        moveAhead()
        end()
    }

    private mutating func checkErrorLimit(last: Int?) {
        let failed = status.documentsFailed
        let seen = status.documentsTotal ?? failed + status.documentsDone + documents.count
        let isPassed =
            switch errorLimit {
            case .none: false
            case .count(let limit): failed > limit
            // A fraction of few documents says nothing yet. At the end it is a fraction of all.
            case .fraction(let limit):
                (seen >= 100 || status.documentsTotal != nil) && Double(failed) > limit * Double(seen)
            }
        if isPassed { stop(.tooManyErrors(failed, last: last)) }
    }

    private mutating func stop(_ reason: JobStop) {
        ending = .over
        act(.stop(reason))
    }

    // MARK: - Durability, and the end of the job

    private mutating func cutNow() {
        guard let cut = commit.begin() else { return }
        isAheadWritten = false
        isAheadOver = output.ahead.isEmpty
        act(.synchronize(cut: cut))
    }

    private mutating func committed(_ cut: Int) {
        commit.end()
        // The rows ahead are removed only now: a crash before the commit would have needed them.
        if isAheadOver, !isAheadWritten { act(.cutAhead) }
        for document in retired where document.cut <= cut {
            identities[document.identity] = nil
            guard document.hasFiles else { continue }
            act(.removeFiles(document.ordinal, snapshots: snapshots.remove(document.ordinal)))
        }
        retired.removeAll { $0.cut <= cut }
        end()
    }

    /// Publishes the job when all documents have ended and all that was written is durable.
    private mutating func end() {
        guard case .begun = ending, !isMoving, endings.isEmpty else { return }
        // An update takes rows over at the ordinals that their documents had when it began. If the inputs have changed
        // since, documents have other ordinals.
        let isWhole = status.documentsTotal.map { $0 == output.nextOrdinal } ?? true
        guard isWhole, output.ahead.isEmpty else { return stop(.inputsChanged) }
        checkErrorLimit(last: nil)
        guard case .begun = ending else { return }
        guard commit.isClean else { return cutNow() }
        ending = .over
        act(.publish)
    }

    // MARK: - Snapshots

    private mutating func snapshotCame(_ ordinal: Int, _ snapshot: ArrivedSnapshot) {
        guard documents[ordinal]?.profile != nil else {
            return tell(.snapshotLost(key(ordinal), snapshot.point))
        }
        act(.synchronizeDocument(ordinal, snapshot))
    }

    private mutating func documentSynchronized(
        _ ordinal: Int, _ snapshot: ArrivedSnapshot, _ progress: Progress, _ tokens: Int
    ) {
        guard let document = documents[ordinal], document.lease == snapshot.lease, let profile = document.profile else {
            return tell(.snapshotLost(key(ordinal), snapshot.point))
        }
        snapshots.begin(
            .init(point: snapshot.point, profile: profile, tokens: tokens, progress: progress), of: ordinal)
        act(.writeSnapshot(ordinal, snapshot))
    }

    private mutating func snapshotWritten(
        _ ordinal: Int, _ lease: LeaseID, _ point: ResumePoint, _ fate: SnapshotFate
    ) {
        let entry = snapshots.end(ordinal, point)
        if fate == .misfit { status.snapshotsRefused += 1 }
        guard fate == .durable else { return tell(.snapshotLost(key(ordinal), point)) }
        guard let entry, documents[ordinal]?.lease == lease else {
            // No later lease has written the same snapshot, so nothing refers to the file.
            if snapshots.entry(of: ordinal, at: point) == nil { act(.removeSnapshot(ordinal, point)) }
            return tell(.snapshotLost(key(ordinal), point))
        }
        status.snapshotsWritten += 1
        act(.recordSnapshot(ordinal, entry, lease, leases: takeNewLeases()))
        let old = snapshots.add(entry, of: ordinal)
        if !old.isEmpty { act(.forgetSnapshots(ordinal, old)) }
    }

    /// The event that tells the scheduler about a recorded snapshot.
    private func snapshotIsOf(_ lease: LeaseID, _ ordinal: Int, _ point: ResumePoint) -> SchedulerEvent {
        let isOf = documents[ordinal]?.lease == lease && snapshots.entry(of: ordinal, at: point) != nil
        return isOf ? .snapshotWritten(key(ordinal), point) : .snapshotLost(key(ordinal), point)
    }

    private mutating func discardSnapshot(_ ordinal: Int, _ point: ResumePoint) {
        status.snapshotsRefused += 1
        forget(ordinal, at: point)
    }

    /// - Parameter point: `nil`: all states of the document.
    private mutating func forget(_ ordinal: Int, at point: ResumePoint? = nil) {
        let points = snapshots.remove(ordinal, at: point)
        if !points.isEmpty { act(.forgetSnapshots(ordinal, points)) }
    }

    private mutating func restart(_ ordinal: Int, from point: ResumePoint?) {
        guard let document = documents[ordinal] else { return }
        // From a state that is not kept nobody can go on: whoever reads it finds that out, and asks for another start.
        let entry = point.flatMap { snapshots.entry(of: ordinal, at: $0) }
        status.documentsMoved += 1
        status.tokensRecomputed += document.tokensRecorded - (entry?.tokens ?? 0)
        documents[ordinal]?.tokensRecorded = entry?.tokens ?? 0
        // Later messages of the former holder are of no use.
        documents[ordinal]?.lease = nil
        snapshots.abandon(ordinal)
        act(.restart(ordinal, from: entry?.progress))
        // The document starts again, so none of its snapshots is of use.
        if point == nil { forget(ordinal) }
    }
}
