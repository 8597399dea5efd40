/// Applies the merges to a pre-token of any length as it arrives. The tokens are those of the whole pre-token.
///
/// Two neighbouring tokens *fit* if the merges make just these two of their bytes alone. A sequence of tokens is the
/// result of the merges if and only if each token fits the next: merges inside a token do not depend on its neighbours,
/// so the two tokens alone show whether a merge ever joins them. Hence every prefix of the text has one last token,
/// which follows from those of shorter prefixes: it is the one token that ends the prefix and fits the last token
/// before it. A walk back from the end gives the tokens of the whole.
///
/// The tokens of any longer text begin with a walk back from one of the last few ends. There are as many such ends as
/// the longest token has bytes. Tokens before the place where these walks meet are certain. (The linear-time encoder of
/// GitHub's rust-gems, "bpe", uses the same property.)
struct BytePairStream: Sendable {
    /// The number of bytes between two searches for certain tokens.
    private static let interval = 4096
    private static let fitsKept = 1 << 16

    private let suffixes: BytePairSuffixes
    private let vocabulary: Vocabulary
    private var encoder: BytePairEncoder
    /// The text from the first byte without a certain token.
    private var text: [UInt8] = []
    /// The last token of the prefix that ends with each byte of `text`.
    private var lastTokens: [Int32] = []
    /// The certain token before `text`; -1 at the start.
    private var previous: Int32 = -1
    private var nextSearch = interval
    /// The known results of fitting pairs of tokens.
    private var fits: [UInt64: Bool] = [:]
    private var found: [Int32] = []
    /// The number of tried tokens: a measure of the work that does not depend on the machine.
    private(set) var steps = 0

    init(_ model: TokenizerModel) {
        suffixes = model.lazySuffixes.suffixes(model.merges, model.vocabulary)
        vocabulary = model.vocabulary
        encoder = BytePairEncoder(model.merges)
    }

    /// The number of bytes without a certain token.
    var heldCount: Int { text.count }

    /// Appends the tokens that these bytes make certain.
    mutating func append(_ bytes: Span<UInt8>, into ids: inout [Int32]) {
        for index in bytes.indices {
            text.append(bytes[index])
            lastTokens.append(lastToken())
            if text.count >= nextSearch { takeCertain(into: &ids) }
        }
    }

    /// Appends the last tokens. The stream can then read another pre-token.
    mutating func finish(into ids: inout [Int32]) {
        take(text.count, into: &ids)
        previous = -1
        nextSearch = Self.interval
    }

    /// The last token of the present text.
    private mutating func lastToken() -> Int32 {
        var node: Int32 = 0
        var start = text.count
        var answer: Int32 = -1
        while start > 0, let next = suffixes.node(before: node, text[start - 1]) {
            node = next
            start -= 1
            guard let token = suffixes.token(at: node) else { continue }
            steps += 1
            let before = start == 0 ? previous : lastTokens[start - 1]
            if before < 0 || fit(before, token) { answer = token }
        }
        precondition(answer >= 0, "no token ends a text whose every byte is one")
        return answer
    }

    private mutating func fit(_ left: Int32, _ right: Int32) -> Bool {
        let key = UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
        if let known = fits[key] { return known }
        found.removeAll(keepingCapacity: true)
        let bytes = Array((vocabulary.bytes(of: left) ?? []) + (vocabulary.bytes(of: right) ?? []))
        encoder.encode(bytes.span, into: &found)
        let answer = found.count == 2 && found[0] == left && found[1] == right
        if fits.count == Self.fitsKept { fits.removeAll(keepingCapacity: true) }
        fits[key] = answer
        return answer
    }

    private mutating func takeCertain(into ids: inout [Int32]) {
        // A place is open if a walk has reached it and none has gone on. Walks only go back, so the last open place
        // comes first.
        var isOpen = [Bool](repeating: false, count: text.count + 1)
        var open = 0
        for end in max(0, text.count - suffixes.longest + 1)...text.count {
            isOpen[end] = true
            open += 1
        }
        var end = text.count
        while open > 1 {
            if isOpen[end] {
                open -= 1
                let start = end - Int(vocabulary.lengths[Int(lastTokens[end - 1])])
                if !isOpen[start] {
                    isOpen[start] = true
                    open += 1
                }
            }
            end -= 1
        }
        while !isOpen[end] { end -= 1 }
        take(end, into: &ids)
        nextSearch = text.count + max(Self.interval, text.count)
    }

    /// Hands out the tokens of the text's first bytes.
    private mutating func take(_ count: Int, into ids: inout [Int32]) {
        guard count > 0 else { return }
        let first = ids.count
        var end = count
        while end > 0 {
            ids.append(lastTokens[end - 1])
            end -= Int(vocabulary.lengths[Int(lastTokens[end - 1])])
        }
        previous = ids[first]
        ids[first...].reverse()
        text.removeSubrange(0..<count)
        lastTokens.removeSubrange(0..<count)
    }
}
