/// Tokens and where they end.
public struct TokenBatch: Sendable, Equatable {
    public var ids: [Int32]
    /// For each token, where it ends: in bytes from the beginning of the original text, before normalisation. Never
    /// decreasing; the last one of a text is the text's length. A token may end inside a character. Where normalisation
    /// joined characters, tokens that end within the joined one end after it.
    public var byteEnds: [Int]

    public init(ids: [Int32] = [], byteEnds: [Int] = []) {
        self.ids = ids
        self.byteEnds = byteEnds
    }

    public var count: Int { ids.count }

    /// Empties the batch and keeps its memory.
    public mutating func removeAll() {
        ids.removeAll(keepingCapacity: true)
        byteEnds.removeAll(keepingCapacity: true)
    }
}
