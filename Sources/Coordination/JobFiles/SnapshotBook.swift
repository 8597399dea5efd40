/// States of a job's documents under way: which are durable, and what was recorded of their documents up to them.
///
/// `Progress` is what whoever keeps the rows needs to go on from a state.
public struct SnapshotBook<Progress: Sendable>: Sendable {
    /// What stands beside a state.
    public struct Entry: Sendable {
        public var point: ResumePoint
        /// Of the worker that computed it.
        public var profile: String
        /// Tokens whose results were recorded up to it, read or made.
        public var tokens: Int
        public var progress: Progress

        public init(point: ResumePoint, profile: String, tokens: Int, progress: Progress) {
            self.point = point
            self.profile = profile
            self.tokens = tokens
            self.progress = progress
        }
    }

    /// Durable states, each document's oldest first.
    private var kept: [Int: [Entry]] = [:]
    /// States that are being written.
    private var underWay: [Int: [Entry]] = [:]

    public init() {}

    public subscript(ordinal: Int) -> [Entry] { kept[ordinal] ?? [] }

    /// Documents with durable states.
    public var ordinals: some Sequence<Int> { kept.keys }

    /// A state that an earlier start recorded, after those before it.
    public mutating func take(_ entry: Entry, of ordinal: Int) {
        kept[ordinal, default: []].append(entry)
    }

    /// Whether files of a document are there, or are about to be.
    func hasFiles(of ordinal: Int) -> Bool { kept[ordinal] != nil || underWay[ordinal] != nil }

    func entry(of ordinal: Int, at point: ResumePoint) -> Entry? { self[ordinal].first { $0.point == point } }

    mutating func begin(_ entry: Entry, of ordinal: Int) {
        underWay[ordinal, default: []].append(entry)
    }

    /// A state that was being written is on the disk, or will not be.
    mutating func end(_ ordinal: Int, _ point: ResumePoint) -> Entry? {
        guard let index = underWay[ordinal]?.firstIndex(where: { $0.point == point }) else { return nil }
        let entry = underWay[ordinal]?.remove(at: index)
        if underWay[ordinal]?.isEmpty == true { underWay[ordinal] = nil }
        return entry
    }

    /// - Returns: states that are no longer needed.
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

    /// Forgets what is being written: it is of no use when it is there.
    mutating func abandon(_ ordinal: Int) {
        underWay[ordinal] = nil
    }

    /// What a document under way may go on from.
    func resumption(of ordinal: Int) -> Resumption? {
        self[ordinal].last.map { Resumption(profile: $0.profile, points: self[ordinal].map(\.point)) }
    }
}
