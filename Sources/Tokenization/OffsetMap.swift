/// Maps places in the normalised text to places in the original, in bytes from their beginnings.
///
/// Only composition (NFC) changes lengths. Between changes the two texts run in step. Places must be asked for in
/// order, so that the map can forget earlier changes.
struct OffsetMap: Sendable {
    private struct Change {
        let normalized: Range<Int>
        let originalEnd: Int
    }

    private var changes: [Change] = []
    private var firstAhead = 0
    /// The original place minus the normalised place, after the changes so far.
    private var shift = 0

    /// The end of the mapped part of the normalised text.
    private(set) var normalizedEnd = 0
    private(set) var originalEnd = 0

    /// Extends both texts by the same number of bytes.
    mutating func advance(by count: Int) {
        normalizedEnd += count
        originalEnd += count
    }

    /// Extends the original by `original` bytes, and the normalised text by `normalized` bytes that replace them.
    mutating func recordChange(original: Int, normalized: Int) {
        let start = normalizedEnd
        normalizedEnd += normalized
        originalEnd += original
        changes.append(Change(normalized: start..<normalizedEnd, originalEnd: originalEnd))
    }

    /// The place in the original. A place inside a change has no exact answer and gives the change's end.
    ///
    /// - Parameter place: not less than the previous call's place.
    @inline(__always)
    mutating func original(of place: Int) -> Int {
        changes.isEmpty ? place + shift : originalAmongChanges(place)
    }

    private mutating func originalAmongChanges(_ place: Int) -> Int {
        while firstAhead < changes.count, changes[firstAhead].normalized.upperBound <= place {
            shift = changes[firstAhead].originalEnd - changes[firstAhead].normalized.upperBound
            firstAhead += 1
        }
        if firstAhead == changes.count {
            changes.removeAll(keepingCapacity: true)
            firstAhead = 0
            return place + shift
        }
        // Text in decomposed form has a change every few bytes. Passed changes are dropped when they are the greater
        // part.
        if firstAhead > 1024, firstAhead > changes.count / 2 {
            changes.removeFirst(firstAhead)
            firstAhead = 0
        }
        let ahead = changes[firstAhead]
        return place > ahead.normalized.lowerBound ? ahead.originalEnd : place + shift
    }
}
