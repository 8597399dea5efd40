import Coordination
import Jobs
import TestSupport

/// Files, as a disk has them: what is written is read back, but a power loss leaves only what was synchronised.
struct PretendDisk {
    /// A file that grows at its end.
    struct File<Element> {
        private(set) var elements: [Element] = []
        private(set) var synchronized = 0

        var count: Int { elements.count }

        mutating func append(_ element: Element) {
            elements.append(element)
        }

        mutating func truncate(to count: Int) {
            elements.removeLast(elements.count - count)
            synchronized = min(synchronized, count)
        }

        mutating func synchronize(_ count: Int) {
            synchronized = max(synchronized, min(count, elements.count))
        }

        mutating func losePower() {
            truncate(to: synchronized)
        }
    }

    /// The row of a document.
    struct Line {
        var ordinal: Int
        var ending: Ending
    }

    struct Name: Hashable {
        var document: DocumentKey
        var steps: Int
    }

    private struct Snapshot {
        var bytes: [UInt8]
        var isSynchronized = false
    }

    /// The output of each job with its errors file, in input order.
    var rows: [JobID: File<Line>] = [:]
    /// Rows that came before their turn.
    var ahead: [JobID: File<Line>] = [:]
    /// Results of documents under way.
    var parts: [DocumentKey: File<StepOutput>] = [:]
    private var snapshots: [Name: Snapshot] = [:]

    subscript(_ document: DocumentKey, _ point: ResumePoint) -> [UInt8]? {
        snapshots[Name(document: document, steps: point.steps)]?.bytes
    }

    mutating func write(_ bytes: [UInt8], _ document: DocumentKey, _ point: ResumePoint) {
        snapshots[Name(document: document, steps: point.steps)] = Snapshot(bytes: bytes)
    }

    mutating func synchronize(_ document: DocumentKey, _ point: ResumePoint) {
        snapshots[Name(document: document, steps: point.steps)]?.isSynchronized = true
    }

    mutating func remove(_ document: DocumentKey, _ points: [ResumePoint]) {
        for point in points { snapshots[Name(document: document, steps: point.steps)] = nil }
    }

    /// Removes a job's snapshots and results that nobody has recorded.
    mutating func removeLeftovers(of job: JobID, _ ledger: PretendLedger) {
        snapshots = snapshots.filter { name, _ in
            name.document.job != job
                || ledger.snapshots[name.document]?.contains { $0.point.steps == name.steps } ?? false
        }
        parts = parts.filter { $0.key.job != job || ledger.snapshots[$0.key] != nil }
    }

    /// Only the output of a job stays that is done.
    mutating func removeWork(of job: JobID) {
        ahead[job] = nil
        snapshots = snapshots.filter { $0.key.document.job != job }
        parts = parts.filter { $0.key.job != job }
    }

    mutating func losePower() {
        snapshots = snapshots.filter { $0.value.isSynchronized }
        for job in rows.keys { rows[job]?.losePower() }
        for job in ahead.keys { ahead[job]?.losePower() }
        for key in parts.keys { parts[key]?.losePower() }
    }

    /// Changes one bit of a snapshot.
    /// - Returns: of which document; `nil`: there are none.
    mutating func damageOne(_ random: inout SplitMix64) -> DocumentKey? {
        let names = snapshots.keys.sorted { ($0.document, $0.steps) < ($1.document, $1.steps) }
        guard let name = names.randomElement(using: &random) else { return nil }
        snapshots[name]?.bytes[Int.random(in: 0..<64, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        return name.document
    }
}
