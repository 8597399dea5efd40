/// The progress of a job's output: which documents have their rows, and where.
///
/// Rows go to the output, or to the errors file, in input order. A document that finishes before its turn has its rows
/// in the file of rows ahead, until they are moved.
public struct OutputProgress: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        /// The rows go to the output or to the errors file.
        case output
        /// The rows go to the file of rows ahead.
        case ahead
    }

    /// The document whose rows come next. All documents before it have their rows in the output or in the errors file.
    public private(set) var nextOrdinal: Int
    /// The documents whose rows are in the file of rows ahead.
    public private(set) var ahead: RangeSet<Int>

    public init(nextOrdinal: Int = 0, ahead: RangeSet<Int> = RangeSet()) {
        self.nextOrdinal = nextOrdinal
        self.ahead = ahead
    }

    public func isFinished(_ ordinal: Int) -> Bool {
        ordinal < nextOrdinal || ahead.contains(ordinal)
    }

    /// The documents in ``ahead`` whose turn has come; `nil` if there are none.
    public var movable: Range<Int>? {
        ahead.ranges.first.flatMap { $0.lowerBound == nextOrdinal ? $0 : nil }
    }

    /// Notes that a document finishes.
    /// - Returns: the place for its rows.
    public mutating func finish(_ ordinal: Int) -> Place {
        precondition(!isFinished(ordinal), "a document finishes once")
        if ordinal == nextOrdinal {
            nextOrdinal += 1
            return .output
        }
        ahead.insert(contentsOf: ordinal..<ordinal + 1)
        return .ahead
    }

    /// Notes that rows ahead were moved to the output.
    /// - Parameter next: the document after the last whose rows were moved.
    public mutating func moved(to next: Int) {
        precondition(next > nextOrdinal, "what is moved had its turn")
        ahead.remove(contentsOf: nextOrdinal..<next)
        nextOrdinal = next
    }
}
