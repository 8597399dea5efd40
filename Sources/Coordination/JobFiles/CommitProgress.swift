/// The progress of a job's rows towards the disk.
///
/// A commit makes many rows durable at once. A cut is a numbered point in the order of writing: a commit makes
/// everything durable that was written before its cut.
struct CommitProgress: Sendable, Equatable {
    /// The time from the first row that is not durable to its commit.
    static let interval = Duration.milliseconds(250)

    private enum State: Sendable, Equatable {
        /// Everything written is durable.
        case clean
        case due(at: Instant)
        /// - Parameter dirtySince: the time of the first write after the cut; `nil` if there was none.
        case underWay(dirtySince: Instant?)
    }

    private var state = State.clean
    /// The number of the last cut.
    private(set) var lastCut = 0

    /// The number of the cut that will include what is written now.
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

    /// Begins a commit of everything written.
    /// - Returns: the number of its cut; `nil` if there is nothing to commit, or a commit is under way.
    mutating func begin() -> Int? {
        guard case .due = state else { return nil }
        state = .underWay(dirtySince: nil)
        lastCut += 1
        return lastCut
    }

    /// Ends the commit under way: it is durable.
    mutating func end() {
        guard case .underWay(let dirtySince) = state else { return }
        state = dirtySince.map { .due(at: $0.advanced(by: Self.interval)) } ?? .clean
    }
}
