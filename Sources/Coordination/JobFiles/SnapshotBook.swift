/// The snapshots of a job's open documents: which are durable, and the progress of their documents at each.
///
/// `Progress` is what the keeper of the rows needs to go on from a snapshot.
public struct SnapshotBook<Progress: Sendable>: Sendable {
    /// The record of one snapshot.
    public struct Entry: Sendable {
        public var point: ResumePoint
        /// The profile of the worker that computed the snapshot.
        public var profile: String
        /// The tokens recorded up to the snapshot, read or generated.
        public var tokens: Int
        public var progress: Progress

        public init(point: ResumePoint, profile: String, tokens: Int, progress: Progress) {
            self.point = point
            self.profile = profile
            self.tokens = tokens
            self.progress = progress
        }
    }

    /// The durable snapshots of each document, the oldest first.
    private var kept: [Int: [Entry]] = [:]
    /// The snapshots that are being written.
    private var underWay: [Int: [Entry]] = [:]

    public init() {}

    public subscript(ordinal: Int) -> [Entry] { kept[ordinal] ?? [] }

    /// The documents with durable snapshots.
    public var ordinals: some Sequence<Int> { kept.keys }

    /// Adds a snapshot that an earlier run recorded. Older ones come first.
    public mutating func take(_ entry: Entry, of ordinal: Int) {
        kept[ordinal, default: []].append(entry)
    }

    /// Whether a document has files, or soon will.
    func hasFiles(of ordinal: Int) -> Bool { kept[ordinal] != nil || underWay[ordinal] != nil }

    func entry(of ordinal: Int, at point: ResumePoint) -> Entry? { self[ordinal].first { $0.point == point } }

    mutating func begin(_ entry: Entry, of ordinal: Int) {
        underWay[ordinal, default: []].append(entry)
    }

    /// Takes a snapshot off those that are being written: it is on the disk, or never will be.
    mutating func end(_ ordinal: Int, _ point: ResumePoint) -> Entry? {
        guard let index = underWay[ordinal]?.firstIndex(where: { $0.point == point }) else { return nil }
        let entry = underWay[ordinal]?.remove(at: index)
        if underWay[ordinal]?.isEmpty == true { underWay[ordinal] = nil }
        return entry
    }

    /// Adds a durable snapshot.
    /// - Returns: the snapshots that are no longer needed.
    mutating func add(_ entry: Entry, of ordinal: Int) -> [ResumePoint] {
        var all = self[ordinal].filter { $0.point.steps < entry.point.steps } + [entry]
        let old = all.dropLast(Scheduler.snapshotsKept)
        all.removeFirst(old.count)
        kept[ordinal] = all
        return old.map(\.point)
    }

    /// Forgets a state, or all of a document.
    /// - Returns: what was forgotten.
    mutating func remove(_ ordinal: Int, at point: ResumePoint? = nil) -> [ResumePoint] {
        let gone = self[ordinal].filter { point == nil || $0.point == point }
        kept[ordinal]?.removeAll { point == nil || $0.point == point }
        if kept[ordinal]?.isEmpty == true { kept[ordinal] = nil }
        return gone.map(\.point)
    }

    /// Forgets the snapshots that are being written: they will be of no use.
    mutating func abandon(_ ordinal: Int) {
        underWay[ordinal] = nil
    }

    /// The resume points of a document; `nil` if it has no durable snapshot.
    func resumption(of ordinal: Int) -> Resumption? {
        self[ordinal].last.map { Resumption(profile: $0.profile, points: self[ordinal].map(\.point)) }
    }
}
