/// The tokens of earlier pre-tokens. Most of a text consists of repeated words.
///
/// The cache is an open-addressing table that doubles up to 2^17 slots of 64 bytes (9 MB with its tokens). When this is
/// half full, the cache is emptied. It only keeps pre-tokens of up to 31 bytes, which fit the key.
struct PreTokenCache: Sendable {
    /// The bytes of a pre-token, zero-padded, and their count in the last byte. Equal keys mean equal pre-tokens.
    typealias Key = SIMD4<UInt64>

    private struct Slot {
        var key: Key
        var start: Int32
        var count: Int32
    }

    static let longestKey = 31
    private static let smallestTable = 1 << 10
    private static let largestTable = 1 << 17

    private var slots: [Slot] = []
    private var used = 0
    private var tokens: [Int32] = []

    /// The key of a pre-token; nil if it is empty or too long.
    @inline(__always)
    static func key(of word: Span<UInt8>) -> Key? {
        let count = word.count
        guard count > 0, count <= longestKey else { return nil }
        var key = Key()
        key[0] = lane(of: word, from: 0)
        if count > 8 { key[1] = lane(of: word, from: 8) }
        if count > 16 { key[2] = lane(of: word, from: 16) }
        if count > 24 { key[3] = lane(of: word, from: 24) }
        key[3] |= UInt64(count) << 56
        return key
    }

    /// Appends the pre-token's tokens if the cache has them.
    @inline(__always)
    func appendTokens(of key: Key, to ids: inout [Int32]) -> Bool {
        guard !slots.isEmpty else { return false }
        let slot = slots[index(of: key)]
        guard slot.count > 0 else { return false }
        for index in Int(slot.start)..<Int(slot.start + slot.count) { ids.append(tokens[index]) }
        return true
    }

    /// Remembers the tokens of a pre-token that is not in the cache.
    mutating func remember(_ key: Key, _ found: ArraySlice<Int32>) {
        guard !found.isEmpty else { return }
        if used * 2 >= slots.count { makeRoom() }
        slots[index(of: key)] = Slot(key: key, start: Int32(tokens.count), count: Int32(found.count))
        tokens.append(contentsOf: found)
        used += 1
    }

    private mutating func makeRoom() {
        let empty = Slot(key: Key(), start: 0, count: 0)
        if slots.count == Self.largestTable {
            slots = [Slot](repeating: empty, count: Self.largestTable)
            tokens.removeAll(keepingCapacity: true)
            used = 0
            return
        }
        let old = slots
        slots = [Slot](repeating: empty, count: max(Self.smallestTable, old.count * 2))
        for slot in old where slot.count > 0 { slots[index(of: slot.key)] = slot }
    }

    /// The slot of a key, or the free slot for it.
    @inline(__always)
    private func index(of key: Key) -> Int {
        let mask = slots.count - 1
        var hash = (key[0] ^ key[3]) &* 0x9E37_79B9_7F4A_7C15
        hash = (hash ^ hash >> 32 ^ key[1]) &* 0xD6E8_FEB8_6659_FD93
        hash = (hash ^ hash >> 32 ^ key[2]) &* 0x9E37_79B9_7F4A_7C15
        var index = Int(truncatingIfNeeded: hash >> 32) & mask
        while slots[index].count > 0, slots[index].key != key { index = (index + 1) & mask }
        return index
    }

    @inline(__always)
    private static func lane(of word: Span<UInt8>, from start: Int) -> UInt64 {
        var lane: UInt64 = 0
        var index = min(start + 8, word.count)
        while index > start {
            index -= 1
            lane = lane << 8 | UInt64(word[index])
        }
        return lane
    }
}
