/// How far the rows of a job are on their way to being durable.
///
/// Rows are put on the disk some at a time. A cut is a point in the order of what was written, by its number: what was
/// written before a cut is durable when the cut is committed.
struct CommitProgress: Sendable, Equatable {
    /// From the first row that is not durable to the commit that makes it so.
    static let interval = Duration.milliseconds(250)

    private enum State: Sendable, Equatable {
        /// All that was written is durable.
        case clean
        case due(at: Instant)
        /// - Parameter dirtySince: when something was written first that the cut does not have.
        case underWay(dirtySince: Instant?)
    }

    private var state = State.clean
    /// The number of the last cut.
    private(set) var lastCut = 0

    /// The cut that will have what is written now.
    var nextCut: Int { lastCut + 1 }

    var isClean: Bool { state == .clean }

    var deadline: Instant? {
        if case .due(let time) = state { time } else { nil }
    }

    mutating func wrote(at now: Instant) {
        switch state {
        case .clean: state = .due(at: now.advanced(by: Self.interval))
        case .underWay(dirtySince: nil): state = .underWay(dirtySince: now)
        case .due, .underWay: break
        }
    }

    /// Begins a commit of all that was written.
    /// - Returns: its cut; `nil` if there is nothing to commit, or a commit is under way.
    mutating func begin() -> Int? {
        guard case .due = state else { return nil }
        state = .underWay(dirtySince: nil)
        lastCut += 1
        return lastCut
    }

    /// The commit that is under way is durable.
    mutating func end() {
        guard case .underWay(let dirtySince) = state else { return }
        state = dirtySince.map { .due(at: $0.advanced(by: Self.interval)) } ?? .clean
    }
}
