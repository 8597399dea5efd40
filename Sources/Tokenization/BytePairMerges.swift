/// The merges of a byte-level BPE model, and the token with which each byte begins.
///
/// Source: Sennrich, Haddow and Birch 2016, "Neural Machine Translation of Rare Words with Subword Units", algorithm 1.
/// The order is Hugging Face's: the lowest rank first, and the leftmost of equal ranks.
struct BytePairMerges: Sendable {
    let pairs: PairTable
    /// The token of each byte; -1 for a byte outside the vocabulary, which no UTF-8 contains.
    let byteTokens: [Int32]

    /// - Throws: `.inconsistent` when a merge names a token outside the vocabulary, or a byte has no token.
    init(_ file: TokenizerFile, name: String) throws(TokenizerError) {
        func id(_ spelling: [UInt8], merge: Int) throws(TokenizerError) -> Int32 {
            if let id = file.vocabulary[spelling] { return id }
            let shown = String(decoding: spelling, as: UTF8.self)
            throw TokenizerError(
                .inconsistent, file: name, field: "model.merges[\(merge)]", "\"\(shown)\" is not in model.vocab")
        }

        var byteTokens: [Int32] = []
        for byte in UInt8.min...UInt8.max {
            let spelling = ByteLevelAlphabet.spelling(of: byte)
            let token = file.vocabulary[spelling]
            let occursInUTF8 = byte < 0xC0 || 0xC2...0xF4 ~= byte
            if token == nil, occursInUTF8 {
                let shown = String(decoding: spelling, as: UTF8.self)
                throw TokenizerError(
                    .inconsistent, file: name, field: "model.vocab", "lacks \"\(shown)\", the token of byte \(byte)")
            }
            byteTokens.append(token ?? -1)
        }
        self.byteTokens = byteTokens

        var pairs = PairTable(capacity: file.merges.count)
        for (rank, merge) in file.merges.enumerated() {
            pairs.insert(
                left: try id(merge.left, merge: rank),
                right: try id(merge.right, merge: rank),
                rank: UInt32(rank),
                merged: try id(merge.left + merge.right, merge: rank)
            )
        }
        self.pairs = pairs
    }
}
