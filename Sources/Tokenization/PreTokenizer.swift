/// Cuts text into the pre-tokens within which merges happen, by the pattern of GPT-2:
///
///     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///
/// Source: the published encoder of GPT-2; Hugging Face's ByteLevel pre-tokenizer uses the same pattern.
///
/// If punctuation is cut off first (Falcon's tokenizers), the pattern sees each run of it, and each text between runs,
/// as a text of its own. No apostrophe or space joins text beyond such a cut.
struct PreTokenizer: Sendable {
    enum Boundary: Equatable {
        /// The pre-token ends here, whatever text follows.
        case end(Int)
        /// Later text decides. The bytes before `seen` need not be examined again.
        case undecided(seen: Int)
    }

    private typealias Class = ScalarClasses.Class

    /// Whether the pattern splits the text; if not, the whole text is one pre-token.
    private let splitsByPattern: Bool
    private let separatesPunctuation: Bool
    private let classes = ScalarClasses.shared

    init(splitsByPattern: Bool, separatesPunctuation: Bool) {
        self.splitsByPattern = splitsByPattern
        self.separatesPunctuation = separatesPunctuation
    }

    /// The end of the pre-token that begins at `start`.
    ///
    /// - Parameters:
    ///   - text: whole scalars.
    ///   - start: a boundary, less than `text.count`.
    ///   - seen: the `seen` of the previous call for this start, else `start`. It keeps the time linear for a pre-token
    ///     in many pieces.
    ///   - isComplete: whether the text ends here; then the result is always `.end`.
    func boundary(in text: Span<UInt8>, from start: Int, seen: Int, isComplete: Bool) -> Boundary {
        guard splitsByPattern else { return isComplete ? .end(text.count) : .undecided(seen: text.count) }
        var first = start
        if text[start] == UInt8(ascii: "'"), !separatesPunctuation {
            if let boundary = contraction(in: text, at: start, isComplete: isComplete) { return boundary }
        } else if text[start] == UInt8(ascii: " ") {
            first += 1
            if first == text.count { return isComplete ? .end(first) : .undecided(seen: start) }
        }
        let scalar = UTF8Text.scalar(in: text, at: first)
        let kind = kind(of: scalar.value)
        if first > start, kind == Class.punctuation { return .end(first) }
        let end = endOfRun(of: kind, in: text, from: max(seen, first + scalar.length))
        if end == text.count { return isComplete ? .end(end) : .undecided(seen: end) }
        guard kind == Class.space, !isPunctuation(in: text, at: end) else { return .end(end) }
        // The last of several spaces belongs to the text after them.
        let last = UTF8Text.startOfScalar(before: end, in: text)
        return .end(last > start ? last : end)
    }

    /// A pre-token that is longer than its part so far.
    struct LongRun {
        /// The class of all its characters; `nil` if the whole text is one pre-token.
        fileprivate let kind: UInt8?
    }

    /// The run of an undecided pre-token. At least a few of its characters must have been seen.
    func longRun(in text: Span<UInt8>, from start: Int) -> LongRun {
        guard splitsByPattern else { return LongRun(kind: nil) }
        let first = text[start] == UInt8(ascii: " ") ? start + 1 : start
        return LongRun(kind: kind(of: UTF8Text.scalar(in: text, at: first).value))
    }

    /// The length of a run's continuation in the text.
    ///
    /// - Returns: the run's end, or the length that certainly belongs to it when later text decides.
    func continuation(of run: LongRun, in text: Span<UInt8>, isComplete: Bool) -> (certain: Int, isEnd: Bool) {
        let end = run.kind.map { endOfRun(of: $0, in: text, from: 0) } ?? text.count
        if end == text.count, isComplete { return (end, true) }
        guard run.kind == Class.space, end > 0, end == text.count || !isPunctuation(in: text, at: end) else {
            return (end, end < text.count)
        }
        // The last space belongs to the text after it, if there is any.
        return (UTF8Text.startOfScalar(before: end, in: text), end < text.count)
    }

    /// The end of `'s|'t|'re|'ve|'m|'ll|'d`; nil if none of them begins here.
    private func contraction(in text: Span<UInt8>, at start: Int, isComplete: Bool) -> Boundary? {
        guard start + 1 < text.count else { return isComplete ? nil : .undecided(seen: start) }
        let last: UInt8
        switch text[start + 1] {
        case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return .end(start + 2)
        case UInt8(ascii: "r"), UInt8(ascii: "v"): last = UInt8(ascii: "e")
        case UInt8(ascii: "l"): last = UInt8(ascii: "l")
        default: return nil
        }
        guard start + 2 < text.count else { return isComplete ? nil : .undecided(seen: start) }
        return text[start + 2] == last ? .end(start + 3) : nil
    }

    /// The class of a scalar; `punctuation` only if punctuation is cut off.
    @inline(__always)
    private func kind(of value: UInt32) -> UInt8 {
        separatesPunctuation ? classes.classAndPunctuation(value) : classes.scalarClass(value)
    }

    private func isPunctuation(in text: Span<UInt8>, at index: Int) -> Bool {
        kind(of: UTF8Text.scalar(in: text, at: index).value) == Class.punctuation
    }

    @inline(__always)
    private func endOfRun(of kind: UInt8, in text: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index < text.count {
            let scalar = UTF8Text.scalar(in: text, at: index)
            if self.kind(of: scalar.value) != kind { break }
            index += scalar.length
        }
        return index
    }
}
