/// From places in the normalised text back to places in the original, in bytes from their beginnings.
///
/// Composition (NFC) is the only change of length; between changes the two texts run in step. Places must be asked for
/// in order, which lets the map forget what lies behind.
struct OffsetMap: Sendable {
    private struct Change {
        let normalized: Range<Int>
        let originalEnd: Int
    }

    private var changes: [Change] = []
    private var firstAhead = 0
    /// Original place minus normalised place, after the changes behind.
    private var shift = 0

    /// How far both texts were written.
    private(set) var normalizedEnd = 0
    private(set) var originalEnd = 0

    /// Both texts go on with the same number of bytes.
    mutating func advance(by count: Int) {
        normalizedEnd += count
        originalEnd += count
    }

    /// The original goes on with `original` bytes and the normalised text with `normalized` others in their place.
    mutating func recordChange(original: Int, normalized: Int) {
        let start = normalizedEnd
        normalizedEnd += normalized
        originalEnd += original
        changes.append(Change(normalized: start..<normalizedEnd, originalEnd: originalEnd))
    }

    /// The place in the original. Inside a change there is no exact answer: the end of the change is given.
    ///
    /// - Parameter place: not less than the place asked for before.
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
        // Text in decomposed form has a change every few bytes: what is behind goes when it is most of all.
        if firstAhead > 1024, firstAhead > changes.count / 2 {
            changes.removeFirst(firstAhead)
            firstAhead = 0
        }
        let ahead = changes[firstAhead]
        return place > ahead.normalized.lowerBound ? ahead.originalEnd : place + shift
    }
}
