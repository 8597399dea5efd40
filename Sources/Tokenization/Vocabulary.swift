/// All token ids and their bytes.
struct Vocabulary: Sendable {
    /// The number of ids, which run from 0 to `idBound - 1`. Some may be unused.
    let idBound: Int
    /// The bytes of all tokens, in the order of ids.
    private var bytes: [UInt8] = []
    /// The start of each token in `bytes`. Token `id` is `bytes[starts[id]..<starts[id + 1]]`.
    private var starts: [Int] = [0]
    private var isUsed: [Bool] = []
    private var isSpecialToken: [Bool] = []
    /// The number of bytes of each token, by id.
    let lengths: [Int32]

    init(entries: [[UInt8]: Int32], addedTokens: [AddedToken]) {
        let greatest = max(entries.values.max() ?? -1, addedTokens.lazy.map(\.id).max() ?? -1)
        idBound = Int(greatest) + 1
        var spellings = [[UInt8]?](repeating: nil, count: idBound)
        for (spelling, id) in entries { spellings[Int(id)] = spelling }
        isSpecialToken = [Bool](repeating: false, count: idBound)
        for token in addedTokens {
            spellings[Int(token.id)] = token.content
            isSpecialToken[Int(token.id)] = token.isSpecial
        }
        isUsed.reserveCapacity(idBound)
        starts.reserveCapacity(idBound + 1)
        for spelling in spellings {
            isUsed.append(spelling != nil)
            // An entry that is not spelled in the alphabet, such as an added run of spaces, means its own UTF-8.
            // Hugging Face's ByteLevel decoder reads it so, too.
            if let spelling { bytes.append(contentsOf: ByteLevelAlphabet.bytes(of: spelling) ?? spelling) }
            starts.append(bytes.count)
        }
        let starts = starts
        lengths = (0..<idBound).map { Int32(starts[$0 + 1] - starts[$0]) }
    }

    /// The bytes of a token; nil if no token has this id.
    func bytes(of id: Int32) -> ArraySlice<UInt8>? {
        guard id >= 0, id < idBound, isUsed[Int(id)] else { return nil }
        return bytes[starts[Int(id)]..<starts[Int(id) + 1]]
    }

    func isSpecial(_ id: Int32) -> Bool {
        id >= 0 && id < idBound && isSpecialToken[Int(id)]
    }
}
