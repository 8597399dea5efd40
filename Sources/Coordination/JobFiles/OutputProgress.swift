/// Which documents of a job have their rows, and where.
///
/// Rows go to the output, or to the errors file, in the order of the inputs. Those of documents that finish before
/// their turn go to a file of rows ahead, and are moved when it comes.
public struct OutputProgress: Sendable, Equatable {
    public enum Place: Sendable, Equatable {
        /// The output, or the errors file.
        case output
        /// The file of rows that came before their turn.
        case ahead
    }

    /// The document whose rows come next. All before it have theirs in the output or in the errors file.
    public private(set) var nextOrdinal: Int
    /// Documents whose rows came before their turn.
    public private(set) var ahead: RangeSet<Int>

    public init(nextOrdinal: Int = 0, ahead: RangeSet<Int> = RangeSet()) {
        self.nextOrdinal = nextOrdinal
        self.ahead = ahead
    }

    public func isFinished(_ ordinal: Int) -> Bool {
        ordinal < nextOrdinal || ahead.contains(ordinal)
    }

    /// Documents whose rows are ahead and whose turn has come; `nil` if there are none.
    public var movable: Range<Int>? {
        ahead.ranges.first.flatMap { $0.lowerBound == nextOrdinal ? $0 : nil }
    }

    /// - Returns: where the rows of a document go that finishes now.
    public mutating func finish(_ ordinal: Int) -> Place {
        precondition(!isFinished(ordinal), "a document finishes once")
        if ordinal == nextOrdinal {
            nextOrdinal += 1
            return .output
        }
        ahead.insert(contentsOf: ordinal..<ordinal + 1)
        return .ahead
    }

    /// Rows ahead have been moved to the output.
    /// - Parameter next: the document behind the last of them.
    public mutating func moved(to next: Int) {
        precondition(next > nextOrdinal, "what is moved had its turn")
        ahead.remove(contentsOf: nextOrdinal..<next)
        nextOrdinal = next
    }
}
