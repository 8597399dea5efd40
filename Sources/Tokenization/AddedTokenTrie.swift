/// Finds the added token that begins at a place, and the longest of several.
struct AddedTokenTrie: Sendable {
    enum Outcome {
        /// The longest token that begins here, whatever text follows.
        case match(AddedToken, end: Int)
        case noMatch
        /// Later text decides.
        case undecided
    }

    private struct Node {
        let byte: UInt8
        var firstChild: Int32 = -1
        var nextSibling: Int32 = -1
        var token: Int32 = -1
    }

    private let tokens: [AddedToken]
    private var nodes = [Node(byte: 0)]
    private var isFirstByte = [Bool](repeating: false, count: 256)

    let isEmpty: Bool
    let stripsLeft: Bool

    /// - Parameters:
    ///   - tokens: the added tokens. Of equal patterns the first counts.
    ///   - pattern: the bytes to find for each token.
    init(_ tokens: [AddedToken], pattern: (AddedToken) -> [UInt8]) {
        self.tokens = tokens
        isEmpty = tokens.isEmpty
        stripsLeft = tokens.contains(where: \.stripsLeft)
        for (index, token) in tokens.enumerated() { insert(pattern(token), token: Int32(index)) }
    }

    /// The first place from `start` on at which a token may begin; the end of the text if there is none.
    func candidate(in text: Span<UInt8>, from start: Int) -> Int {
        if isEmpty { return text.count }
        var index = start
        while index < text.count, !isFirstByte[Int(text[index])] { index += 1 }
        return index
    }

    func token(in text: Span<UInt8>, at start: Int, isComplete: Bool) -> Outcome {
        var longest = Outcome.noMatch
        var node = 0
        var index = start
        while nodes[node].firstChild >= 0 {
            guard index < text.count else { return isComplete ? longest : .undecided }
            guard let child = child(of: node, by: text[index]) else { return longest }
            node = child
            index += 1
            if nodes[node].token >= 0 { longest = .match(tokens[Int(nodes[node].token)], end: index) }
        }
        return longest
    }

    private func child(of node: Int, by byte: UInt8) -> Int? {
        var child = nodes[node].firstChild
        while child >= 0 {
            if nodes[Int(child)].byte == byte { return Int(child) }
            child = nodes[Int(child)].nextSibling
        }
        return nil
    }

    private mutating func insert(_ pattern: [UInt8], token: Int32) {
        guard let first = pattern.first else { return }
        isFirstByte[Int(first)] = true
        var node = 0
        for byte in pattern {
            if let child = child(of: node, by: byte) {
                node = child
            } else {
                nodes.append(Node(byte: byte, nextSibling: nodes[node].firstChild))
                nodes[node].firstChild = Int32(nodes.count - 1)
                node = nodes.count - 1
            }
        }
        if nodes[node].token < 0 { nodes[node].token = token }
    }
}
