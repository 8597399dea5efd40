/// Applies the merges to one pre-token at a time.
///
/// Short pre-tokens are searched for the lowest rank before every merge, which is quadratic but fastest there. Longer
/// ones keep their candidates in a priority queue and their tokens in a linked list: n bytes take O(n log n) steps and
/// about 36 n bytes of memory. A pre-token longer than a piece of text goes to ``BytePairStream``.
struct BytePairEncoder: Sendable {
    /// The bytes of a pre-token from which on the queue is used.
    private static let queueThreshold = 64

    private let merges: BytePairMerges
    /// The tokens of a short pre-token so far, and the merge of each token with the next.
    private var tokens: [Int32] = []
    private var candidates: [PairTable.Merge] = []
    /// The places of the neighbours of each token of a long pre-token, by the token's place; -1 at the ends.
    private var previous: [Int32] = []
    private var following: [Int32] = []
    private var queue = MergeQueue()
    /// The number of examined candidates: a measure of the work that does not depend on the machine.
    private(set) var steps = 0

    init(_ merges: BytePairMerges) {
        self.merges = merges
    }

    /// Appends the tokens of a pre-token.
    ///
    /// - Parameter word: the pre-token's bytes, fewer than 2^31.
    mutating func encode(_ word: Span<UInt8>, into ids: inout [Int32]) {
        tokens.removeAll(keepingCapacity: true)
        candidates.removeAll(keepingCapacity: true)
        for index in word.indices {
            let token = merges.byteTokens[Int(word[index])]
            // Only bytes that no UTF-8 contains have no token. Hugging Face drops characters without a spelling.
            if token >= 0 { tokens.append(token) }
        }
        if tokens.count < 2 {
            ids.append(contentsOf: tokens)
            return
        }
        for index in 1..<tokens.count { candidates.append(merges.pairs[tokens[index - 1], tokens[index]]) }
        candidates.append(PairTable.none)
        if tokens.count < Self.queueThreshold {
            mergeBySearching()
            ids.append(contentsOf: tokens)
        } else {
            mergeByQueue(into: &ids)
        }
    }

    private mutating func mergeBySearching() {
        while true {
            var best = PairTable.none
            var place = 0
            for index in candidates.indices where candidates[index] < best {
                best = candidates[index]
                place = index
            }
            steps += candidates.count
            if best == PairTable.none { return }
            tokens[place] = PairTable.token(of: best)
            tokens.remove(at: place + 1)
            candidates.remove(at: place + 1)
            if place > 0 { candidates[place - 1] = merges.pairs[tokens[place - 1], tokens[place]] }
            candidates[place] =
                place + 1 < tokens.count ? merges.pairs[tokens[place], tokens[place + 1]] : PairTable.none
        }
    }

    private mutating func mergeByQueue(into ids: inout [Int32]) {
        let count = tokens.count
        precondition(count < Int(Int32.max), "a pre-token of 2 GB or more")
        previous = (0..<Int32(count)).map { $0 - 1 }
        following = (0..<Int32(count)).map { $0 + 1 }
        following[count - 1] = -1
        queue.removeAll()
        for place in 0..<count where candidates[place] != PairTable.none {
            queue.append(rank: PairTable.rank(of: candidates[place]), place: Int32(place))
        }
        queue.order()
        while let first = queue.popFirst() {
            steps += 1
            let place = Int(first.place)
            // Merging a neighbour changes a place's candidate, but the queue still holds the old one.
            guard candidates[place] != PairTable.none, PairTable.rank(of: candidates[place]) == first.rank else {
                continue
            }
            merge(at: place)
        }
        var place = 0
        while place >= 0 {
            ids.append(tokens[place])
            place = Int(following[place])
        }
    }

    /// Merges the token at a place with the next one.
    private mutating func merge(at place: Int) {
        tokens[place] = PairTable.token(of: candidates[place])
        let joined = Int(following[place])
        candidates[joined] = PairTable.none
        let next = following[joined]
        following[place] = next
        if next >= 0 { previous[Int(next)] = Int32(place) }
        updateCandidate(at: place)
        if previous[place] >= 0 { updateCandidate(at: Int(previous[place])) }
    }

    private mutating func updateCandidate(at place: Int) {
        let next = following[place]
        let candidate = next >= 0 ? merges.pairs[tokens[place], tokens[Int(next)]] : PairTable.none
        candidates[place] = candidate
        if candidate != PairTable.none { queue.insert(rank: PairTable.rank(of: candidate), place: Int32(place)) }
    }
}
