internal import Bytes

/// Cuts a text that arrives in pieces into added tokens and the text between them.
///
/// Semantics are Hugging Face's: leftmost, then longest; a match that is not a single word though it should be is
/// passed over as text, whole; stripped white space belongs to the token, but never twice.
///
/// The text lives in the caller's buffer. The caller drops what was handed out and tells with `drop`.
package struct AddedTokenSplitter: Sendable {
    enum Piece {
        case text(Range<Int>)
        case token(Int32, end: Int)
    }

    /// White space before a token that takes it along is held back until the token comes. Of a longer run, parts of so
    /// many bytes are text by themselves, so that what is held does not follow the text.
    package static let mostSpace = 1 << 20

    private let trie: AddedTokenTrie
    /// The first byte that was not handed out.
    private(set) var start = 0
    /// No token begins before this place.
    private var searched = 0
    /// A token that was found and still takes white space along.
    private var stripping: Int32?
    /// White space that stood before the search at some time: it need not be looked at again.
    private var knownSpace = 0..<0
    /// Whether a word character stands before the buffer.
    private var followsWord = false

    init(_ trie: AddedTokenTrie) {
        self.trie = trie
    }

    /// The next piece that is certain; nil when text that is still to come decides, or at the end.
    ///
    /// - Parameter text: the buffer, whole scalars.
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

    /// The caller's buffer loses its first `count` bytes, all of which were handed out.
    mutating func drop(_ count: Int, of text: Span<UInt8>) {
        if count == 0 { return }
        followsWord = Self.isWord(in: text, before: count)
        start -= count
        searched -= count
        knownSpace = max(0, knownSpace.lowerBound - count)..<max(0, knownSpace.upperBound - count)
    }

    /// A new text begins, in an empty buffer.
    mutating func restart() {
        self = AddedTokenSplitter(trie)
    }

    private mutating func rest(of text: Span<UInt8>, isComplete: Bool) -> Piece? {
        if isComplete { return start < text.count ? textPiece(upTo: text.count) : nil }
        return certainText(in: text)
    }

    /// The text up to where the search stands, less the white space that a token to come may take along.
    private mutating func certainText(in text: Span<UInt8>) -> Piece? {
        let end = trie.stripsLeft ? startOfSpaceBeforeSearch(in: text) : searched
        return start < end ? textPiece(upTo: end) : nil
    }

    private mutating func textPiece(upTo end: Int) -> Piece {
        defer { start = end }
        return .text(start..<end)
    }

    /// Where the white space begins that ends where the search stands.
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

    /// `\w` as Rust's `regex` defines it (Unicode Technical Standard 18, annex C).
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
