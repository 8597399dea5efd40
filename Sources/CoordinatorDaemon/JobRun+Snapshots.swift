package import Coordination
import Documents
import FoundationEssentials
import Inference
import Jobs
import Ledger

/// States of the job's documents under way: which there are, and what they stand for.
struct DocumentSnapshots: Sendable {
    struct Kept: Sendable {
        let record: JobLedger.SnapshotRecord
        let progress: OpenDocument.Progress
    }

    private(set) var kept: [Int: [Kept]] = [:]
    /// What was recorded of documents when the state came that is being written.
    private var underWay: [DocumentPoint: (progress: OpenDocument.Progress, profile: String)] = [:]

    private struct DocumentPoint: Hashable {
        var ordinal: Int
        var point: ResumePoint
    }

    init() {}

    /// - Throws: what is wrong with a record; only a program of another version writes one that cannot be read.
    init(_ records: [JobLedger.SnapshotRecord]) throws {
        for record in records {
            let progress = try OpenDocument.Progress(json: record.progress)
            kept[record.ordinal, default: []].append(Kept(record: record, progress: progress))
        }
    }

    subscript(ordinal: Int) -> [Kept] { kept[ordinal] ?? [] }

    /// Whether files of a document lie in the work directory, or are about to.
    func hasFiles(of ordinal: Int) -> Bool {
        !self[ordinal].isEmpty || underWay.keys.contains { $0.ordinal == ordinal }
    }

    func progress(of ordinal: Int, at point: ResumePoint) -> OpenDocument.Progress? {
        self[ordinal].first { $0.record.point == point }?.progress
    }

    mutating func begin(_ ordinal: Int, _ point: ResumePoint, _ progress: OpenDocument.Progress, profile: String) {
        underWay[DocumentPoint(ordinal: ordinal, point: point)] = (progress, profile)
    }

    mutating func end(_ ordinal: Int, _ point: ResumePoint) -> (progress: OpenDocument.Progress, profile: String)? {
        underWay.removeValue(forKey: DocumentPoint(ordinal: ordinal, point: point))
    }

    /// - Returns: records that are no longer needed.
    mutating func add(_ new: Kept) -> [JobLedger.SnapshotRecord] {
        var all = self[new.record.ordinal].filter { $0.record.point.steps < new.record.point.steps } + [new]
        let old = all.dropLast(Scheduler.snapshotsKept)
        all.removeFirst(old.count)
        kept[new.record.ordinal] = all
        return old.map(\.record)
    }

    mutating func remove(_ ordinal: Int, after steps: Int = -1) -> [JobLedger.SnapshotRecord] {
        let gone = self[ordinal].filter { $0.record.point.steps > steps }
        let rest = self[ordinal].filter { $0.record.point.steps <= steps }
        kept[ordinal] = rest.isEmpty ? nil : rest
        return gone.map(\.record)
    }
}

extension JobRun {
    /// A snapshot has come with a result: what it needs to be written.
    /// - Returns: `nil` if the document cannot be taken up from here.
    /// - Throws: `FileError`; the job cannot go on then.
    package func snapshotPath(_ ordinal: Int, _ point: ResumePoint) throws -> String? {
        guard let document = open[ordinal], let profile = document.profile else { return nil }
        try document.synchronize()
        // Only what is in files has digests.
        let progress = document.progress
        snapshots.begin(ordinal, point, progress, profile: profile)
        return paths.snapshot(ordinal, steps: point.steps)
    }

    /// The snapshot is on the disk: records it.
    /// - Returns: whether the document may go on from it; not when it has another holder by now.
    /// - Throws: `FileError`, `LedgerError`; the job cannot go on then.
    package func snapshotWritten(_ ordinal: Int, _ lease: LeaseID, _ point: ResumePoint) throws -> Bool {
        let path = paths.snapshot(ordinal, steps: point.steps)
        guard let (progress, profile) = snapshots.end(ordinal, point), open[ordinal]?.lease == lease else {
            // Unless a later lease has written the same one, nobody knows of the file.
            if snapshots.progress(of: ordinal, at: point) == nil { removeIfThere(path) }
            return false
        }
        let record = JobLedger.SnapshotRecord(
            ordinal: ordinal, profile: profile, point: point, progress: try progress.json())
        CrashPoint.pass(.snapshotOnDisk)
        try ledger.record(record, lease: lease, leases: takeNewLeases())
        CrashPoint.pass(.snapshotRecorded)
        status.snapshotsWritten += 1
        try forget(snapshots.add(.init(record: record, progress: progress)))
        return true
    }

    package func snapshotLost(_ ordinal: Int, _ point: ResumePoint) {
        _ = snapshots.end(ordinal, point)
    }

    /// The snapshot that came is none of the document: it was not written.
    func snapshotRefused(_ ordinal: Int, _ point: ResumePoint) {
        status.snapshotsRefused += 1
        snapshotLost(ordinal, point)
    }

    /// What a snapshot of an open document must be of; `nil` if that is not known.
    func snapshotOrigin(of ordinal: Int) -> SnapshotOrigin? {
        open[ordinal].flatMap { summary.snapshotOrigin(of: $0.task, job.dataType) }
    }

    /// The text of an open document to which the last of so many tokens belongs.
    func text(of ordinal: Int, tokens: Int) -> TextOfDocument? { open[ordinal]?.text(ofTokens: tokens) }

    /// A snapshot cannot be read: it goes.
    package func discardSnapshot(_ ordinal: Int, _ point: ResumePoint) throws {
        status.snapshotsRefused += 1
        try forget(snapshots.remove(ordinal, after: point.steps - 1))
    }

    /// The document starts again: no snapshot of it is of use any more.
    func discardUseless(_ ordinal: Int) throws {
        try forget(snapshots.remove(ordinal))
    }

    /// Removes the files of a document that is finished, which the ledger knows.
    func removeSnapshotFiles(_ ordinal: Int) {
        for record in snapshots.remove(ordinal) {
            removeIfThere(paths.snapshot(ordinal, steps: record.point.steps))
        }
    }

    /// Forgets snapshots in the ledger first: a file that nobody knows of does no harm.
    private func forget(_ records: [JobLedger.SnapshotRecord]) throws {
        for record in records {
            try ledger.dropSnapshots(of: record.ordinal, steps: [record.point.steps])
            removeIfThere(paths.snapshot(record.ordinal, steps: record.point.steps))
        }
    }

    /// What a document under way may go on from.
    func resumption(of ordinal: Int) -> Resumption? {
        let kept = snapshots[ordinal]
        return kept.last.map { Resumption(profile: $0.record.profile, points: kept.map(\.record.point)) }
    }

    /// Removes what an earlier start left and nobody knows of.
    func removeLeftovers() {
        var known: Set<String> = []
        for ordinal in snapshots.kept.keys {
            for kept in snapshots[ordinal] {
                known.insert(paths.snapshot(ordinal, steps: kept.record.point.steps))
            }
        }
        for name in (try? FileManager.default.contentsOfDirectory(atPath: paths.work)) ?? [] {
            guard let ordinal = JobPaths.ordinal(ofFile: name) else { continue }
            let path = paths.work + "/" + name
            let isSnapshot = name.contains(".snapshot-")
            if isSnapshot ? !known.contains(path) : snapshots[ordinal].isEmpty { removeIfThere(path) }
        }
    }

    private func removeIfThere(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }
}
