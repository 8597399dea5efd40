internal import Bytes

/// Cuts a text that arrives in pieces into added tokens and the text between them.
///
/// The semantics are Hugging Face's: the leftmost match counts, then the longest. A match that should be a single word
/// but is not becomes text as a whole. Stripped white space belongs to the token, but never to two tokens.
///
/// The text is in the caller's buffer. The caller drops bytes that were handed out and reports them with `drop`.
package struct AddedTokenSplitter: Sendable {
    enum Piece {
        case text(Range<Int>)
        case token(Int32, end: Int)
    }

    /// The limit in bytes of held white space. White space before a token that strips it is held until the token comes.
    /// Parts of this size of a longer run become text, so that the memory is bounded.
    package static let mostSpace = 1 << 20

    private let trie: AddedTokenTrie
    /// The place of the first byte that was not handed out.
    private(set) var start = 0
    /// The place up to which no token begins.
    private var searched = 0
    /// The token that was found and still strips white space.
    private var stripping: Int32?
    /// The range of known white space before the search. It need not be examined again.
    private var knownSpace = 0..<0
    /// Whether a word character precedes the buffer.
    private var followsWord = false

    init(_ trie: AddedTokenTrie) {
        self.trie = trie
    }

    /// The next certain piece; nil when later text decides, or at the end.
    ///
    /// - Parameter text: the buffer, which must hold whole scalars.
    mutating func next(in text: Span<UInt8>, isComplete: Bool) -> Piece? {
        if let token = stripping {
            start = Self.endOfSpace(in: text, from: start)
            searched = start
            if start == text.count, !isComplete { return nil }
            stripping = nil
            return .token(token, end: start)
        }
        while true {
            searched = trie.candidate(in: text, from: max(searched, start))
            if searched == text.count { return rest(of: text, isComplete: isComplete) }
            switch trie.token(in: text, at: searched, isComplete: isComplete) {
            case .undecided:
                return certainText(in: text)
            case .noMatch:
                searched += 1
            case .match(let token, let end):
                if token.isSingleWord {
                    if end == text.count, !isComplete { return certainText(in: text) }
                    guard standsAlone(searched..<end, in: text) else {
                        searched = end
                        continue
                    }
                }
                let tokenStart = token.stripsLeft ? startOfSpaceBeforeSearch(in: text) : searched
                if start < tokenStart { return textPiece(upTo: tokenStart) }
                start = end
                searched = end
                if token.stripsRight {
                    stripping = token.id
                    return next(in: text, isComplete: isComplete)
                }
                return .token(token.id, end: end)
            }
        }
    }

    /// Notes that the caller's buffer loses its first `count` bytes. All of them were handed out.
    mutating func drop(_ count: Int, of text: Span<UInt8>) {
        if count == 0 { return }
        followsWord = Self.isWord(in: text, before: count)
        start -= count
        searched -= count
        knownSpace = max(0, knownSpace.lowerBound - count)..<max(0, knownSpace.upperBound - count)
    }

    /// Begins a new text in an empty buffer.
    mutating func restart() {
        self = AddedTokenSplitter(trie)
    }

    private mutating func rest(of text: Span<UInt8>, isComplete: Bool) -> Piece? {
        if isComplete { return start < text.count ? textPiece(upTo: text.count) : nil }
        return certainText(in: text)
    }

    /// The text up to the place of the search, without the white space that a later token may strip.
    private mutating func certainText(in text: Span<UInt8>) -> Piece? {
        let end = trie.stripsLeft ? startOfSpaceBeforeSearch(in: text) : searched
        return start < end ? textPiece(upTo: end) : nil
    }

    private mutating func textPiece(upTo end: Int) -> Piece {
        defer { start = end }
        return .text(start..<end)
    }

    /// The start of the white space that ends at the place of the search.
    private mutating func startOfSpaceBeforeSearch(in text: Span<UInt8>) -> Int {
        let limit = max(start, min(knownSpace.upperBound, searched))
        var found = searched
        while found > limit {
            let previous = UTF8Text.startOfScalar(before: found, in: text)
            guard Self.isSpace(UTF8Text.scalar(in: text, at: previous).value) else { break }
            found = previous
        }
        if found == knownSpace.upperBound { found = max(start, knownSpace.lowerBound) }
        while searched - found > Self.mostSpace {
            found += Self.mostSpace
            while found < searched, text[found].continuesScalar { found += 1 }
        }
        knownSpace = found..<searched
        return found
    }

    private func standsAlone(_ range: Range<Int>, in text: Span<UInt8>) -> Bool {
        let wordBefore =
            range.lowerBound == 0 ? followsWord : Self.isWord(in: text, before: range.lowerBound)
        if wordBefore { return false }
        guard range.upperBound < text.count else { return true }
        return !Self.isWord(UTF8Text.scalar(in: text, at: range.upperBound).value)
    }

    private static func isWord(in text: Span<UInt8>, before end: Int) -> Bool {
        isWord(UTF8Text.scalar(in: text, at: UTF8Text.startOfScalar(before: end, in: text)).value)
    }

    /// Whether a scalar is in `\w`, as Rust's `regex` defines it (Unicode Technical Standard 18, annex C).
    private static func isWord(_ value: UInt32) -> Bool {
        guard let properties = Unicode.Scalar(value)?.properties else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .connectorPunctuation: return true
        default: return properties.isAlphabetic || properties.isJoinControl
        }
    }

    private static func isSpace(_ value: UInt32) -> Bool {
        ScalarClasses.shared.scalarClass(value) == ScalarClasses.Class.space
    }

    private static func endOfSpace(in text: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < text.count {
            let scalar = UTF8Text.scalar(in: text, at: end)
            guard isSpace(scalar.value) else { break }
            end += scalar.length
        }
        return end
    }
}
