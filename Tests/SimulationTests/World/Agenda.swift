import Coordination

/// What happens when: a binary heap. Things of one time happen in the order in which they were written down.
struct Agenda<Occurrence> {
    private struct Entry {
        var time: Instant
        var serial: Int
        var occurrence: Occurrence

        func isBefore(_ other: Entry) -> Bool {
            time == other.time ? serial < other.serial : time < other.time
        }
    }

    private var heap: [Entry] = []
    private var serial = 0

    mutating func add(_ occurrence: Occurrence, at time: Instant) {
        heap.append(Entry(time: time, serial: serial, occurrence: occurrence))
        serial += 1
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Instant, occurrence: Occurrence)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty {
            heap[0] = last
            sink()
        }
        return (first.time, first.occurrence)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            if least == parent { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
