/// A priority queue of candidate merges: the lowest rank first, and the leftmost of equal ranks.
///
/// A binary heap (Williams 1964) of rank and place packed into one integer.
struct MergeQueue: Sendable {
    private var heap: [UInt64] = []

    mutating func removeAll() {
        heap.removeAll(keepingCapacity: true)
    }

    /// Appends a candidate without keeping the order. A call of `order` must follow.
    mutating func append(rank: UInt32, place: Int32) {
        heap.append(Self.pack(rank, place))
    }

    /// Makes a heap of the appended candidates, in linear time (Floyd 1964).
    mutating func order() {
        for index in (0..<heap.count / 2).reversed() { sink(index) }
    }

    mutating func insert(rank: UInt32, place: Int32) {
        let entry = Self.pack(rank, place)
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            if heap[parent] <= entry { break }
            heap[index] = heap[parent]
            index = parent
        }
        heap[index] = entry
    }

    mutating func popFirst() -> (rank: UInt32, place: Int32)? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink(0)
        }
        return (UInt32(truncatingIfNeeded: first >> 32), Int32(truncatingIfNeeded: first))
    }

    private static func pack(_ rank: UInt32, _ place: Int32) -> UInt64 {
        UInt64(rank) << 32 | UInt64(UInt32(bitPattern: place))
    }

    private mutating func sink(_ start: Int) {
        let entry = heap[start]
        var index = start
        while true {
            var child = index * 2 + 1
            if child >= heap.count { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            if entry <= heap[child] { break }
            heap[index] = heap[child]
            index = child
        }
        heap[index] = entry
    }
}
