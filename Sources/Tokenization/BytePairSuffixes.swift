import Synchronization

/// The tokens that the merges make of their own bytes, found by the end of a text.
///
/// A trie over reversed bytes: a walk back from a text's last byte meets every token that ends the text.
struct BytePairSuffixes: Sendable {
    /// The child of each node for each byte before it.
    private var children: PairTable
    /// The token of each node; -1 for no token.
    private var tokens: [Int32] = [-1]
    /// The bytes of the longest token.
    private(set) var longest = 1

    init(_ merges: BytePairMerges, _ vocabulary: Vocabulary) {
        children = PairTable(capacity: vocabulary.lengths.reduce(0) { $0 + Int($1) })
        var encoder = BytePairEncoder(merges)
        var found: [Int32] = []
        for id in 0..<Int32(vocabulary.idBound) {
            guard let bytes = vocabulary.bytes(of: id), !bytes.isEmpty else { continue }
            found.removeAll(keepingCapacity: true)
            encoder.encode(bytes.span, into: &found)
            // A token that the merges do not make, such as an added token, never occurs in a pre-token.
            if found.elementsEqual(CollectionOfOne(id)) { insert(bytes, id) }
        }
    }

    /// The child of a node for the byte before it; `nil` if no token ends so. The root is 0.
    @inline(__always)
    func node(before node: Int32, _ byte: UInt8) -> Int32? {
        let child = children[node, Int32(byte)]
        return child == PairTable.none ? nil : PairTable.token(of: child)
    }

    /// The token that begins at a node; `nil` if none does.
    @inline(__always)
    func token(at node: Int32) -> Int32? {
        let token = tokens[Int(node)]
        return token < 0 ? nil : token
    }

    private mutating func insert(_ bytes: ArraySlice<UInt8>, _ id: Int32) {
        var place: Int32 = 0
        for byte in bytes.reversed() {
            if let next = node(before: place, byte) {
                place = next
            } else {
                let next = Int32(tokens.count)
                children.insert(left: place, right: Int32(byte), rank: 0, merged: next)
                tokens.append(-1)
                place = next
            }
        }
        tokens[Int(place)] = id
        longest = max(longest, bytes.count)
    }
}

/// The suffixes of a model, made when the first long pre-token needs them. Most texts have none.
final class LazySuffixes: Sendable {
    private let made = Mutex<BytePairSuffixes?>(nil)

    func suffixes(_ merges: BytePairMerges, _ vocabulary: Vocabulary) -> BytePairSuffixes {
        made.withLock { made in
            if let made { return made }
            let new = BytePairSuffixes(merges, vocabulary)
            made = new
            return new
        }
    }
}
