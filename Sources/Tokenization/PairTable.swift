/// The merges of pairs of tokens: the rank of each merge, and the token it makes.
///
/// An open-addressing hash table with linear probing; key and value lie side by side, so that most look-ups touch one
/// cache line. At most half of the slots are taken.
struct PairTable: Sendable {
    /// A merge packed as `rank << 32 | token`. The least merge comes first.
    typealias Merge = UInt64
    /// The absence of a merge, greater than every merge.
    static let none = Merge.max

    private var slots: [UInt64]
    private let shift: UInt64

    init(capacity: Int) {
        var bits: UInt64 = 4
        while 1 << bits < capacity * 2 { bits += 1 }
        slots = [UInt64](repeating: Self.none, count: 2 << bits)
        shift = 64 - bits
    }

    /// The merge of two tokens; `none` if they do not merge.
    @inline(__always)
    subscript(left: Int32, right: Int32) -> Merge {
        let key = Self.key(left, right)
        let slot = slot(of: key)
        return slots[slot] == key ? slots[slot + 1] : Self.none
    }

    mutating func insert(left: Int32, right: Int32, rank: UInt32, merged: Int32) {
        let key = Self.key(left, right)
        let slot = slot(of: key)
        slots[slot] = key
        slots[slot + 1] = UInt64(rank) << 32 | UInt64(UInt32(bitPattern: merged))
    }

    @inline(__always)
    static func token(of merge: Merge) -> Int32 {
        Int32(truncatingIfNeeded: merge)
    }

    @inline(__always)
    static func rank(of merge: Merge) -> UInt32 {
        UInt32(truncatingIfNeeded: merge >> 32)
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// The slot of a key, or the free slot for it.
    @inline(__always)
    private func slot(of key: UInt64) -> Int {
        let mask = slots.count - 1
        // Fibonacci hashing: the multiplier is 2^64 divided by the golden ratio.
        var slot = Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift) * 2
        while slots[slot] != key, slots[slot] != Self.none { slot = (slot + 2) & mask }
        return slot
    }
}
