/// Tokens and their ends in the text.
public struct TokenBatch: Sendable, Equatable {
    public var ids: [Int32]
    /// The end of each token, in bytes from the start of the original text, before normalisation. Ends never decrease;
    /// a text's last end is the text's length. A token may end inside a character. If normalisation joined characters,
    /// tokens that end within the joined one end after it.
    public var byteEnds: [Int]

    public init(ids: [Int32] = [], byteEnds: [Int] = []) {
        self.ids = ids
        self.byteEnds = byteEnds
    }

    public var count: Int { ids.count }

    /// Removes all tokens and keeps the memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        byteEnds.removeAll(keepingCapacity: true)
    }
}
