/// Tokenises the normalised text between two added tokens as it arrives.
struct SegmentEncoder: Sendable {
    /// The bytes of a pre-token from which on it is tokenised as it arrives.
    private static let longPreToken = 4096

    /// A pre-token whose first part has been tokenised.
    private struct LongPreToken: Sendable {
        let run: PreTokenizer.LongRun
        var stream: BytePairStream
        /// The start of the next token in the normalised text.
        var place: Int
        /// The beginning of a piece that may still be short, if the pre-token is cut at numbers.
        var held: [UInt8] = []
        /// Whether a piece goes on in `stream`, if the pre-token is cut at numbers.
        var isPieceOpen = false
    }

    private let model: TokenizerModel
    private let preTokenizer: PreTokenizer
    private let addsPrefixSpace: Bool
    private let separatesNumbers: Bool
    private let wholeEntries: [[UInt8]: Int32]
    private let tokenLengths: [Int32]
    private var encoder: BytePairEncoder
    private(set) var cache: PreTokenCache

    /// The text that is not tokenised yet. It begins at a boundary.
    private var pending: [UInt8] = []
    /// The place of `pending` in the normalised text. A prefix space has no length there.
    private var place = 0
    /// The examined bytes of the first pre-token of `pending`.
    private var seen = 0
    private var isAtStart = true
    /// The long pre-token that goes on in `pending`.
    private var long: LongPreToken?
    private var longSteps = 0

    init(_ model: TokenizerModel, cache: PreTokenCache) {
        self.model = model
        preTokenizer = model.preTokenizer
        addsPrefixSpace = model.addsPrefixSpace
        separatesNumbers = model.separatesNumbers
        wholeEntries = model.wholeEntries
        tokenLengths = model.vocabulary.lengths
        encoder = BytePairEncoder(model.merges)
        self.cache = cache
    }

    /// The number of merge candidates examined so far.
    var steps: Int { encoder.steps + longSteps + (long?.stream.steps ?? 0) }

    /// The number of held bytes.
    var pendingCount: Int { pending.count + (long.map { $0.stream.heldCount + $0.held.count } ?? 0) }

    mutating func append(_ text: Span<UInt8>) {
        if text.isEmpty { return }
        if isAtStart {
            isAtStart = false
            if addsPrefixSpace, text[0] != UInt8(ascii: " ") {
                pending.append(UInt8(ascii: " "))
                place -= 1
            }
        }
        pending.append(copying: text)
    }

    /// Hands out the certain tokens.
    ///
    /// - Parameter isComplete: whether the segment ends here; then all tokens are certain, and a new segment begins.
    mutating func encode(isComplete: Bool, offsets: inout OffsetMap, into tokens: inout TokenBatch) {
        // The text is moved out of self: reading it while filling the cache would be overlapping accesses.
        var text: [UInt8] = []
        swap(&text, &pending)
        let end = encode(text.span, isComplete: isComplete, offsets: &offsets, into: &tokens)
        place += end
        text.removeSubrange(0..<end)
        swap(&text, &pending)
        if isComplete {
            seen = 0
            isAtStart = true
        }
    }

    /// Begins a segment at this place of the normalised text.
    mutating func move(to place: Int) {
        self.place = place
    }

    /// - Returns: the number of bytes that became tokens.
    private mutating func encode(
        _ text: Span<UInt8>, isComplete: Bool, offsets: inout OffsetMap, into tokens: inout TokenBatch
    ) -> Int {
        var start = 0
        if long != nil {
            let (end, isEnd) = encodeLong(text, isComplete: isComplete, offsets: &offsets, into: &tokens)
            guard isEnd else { return end }
            start = end
        }
        while start < text.count {
            // Only the first pre-token was examined before.
            let from = start == 0 ? seen : start
            switch preTokenizer.boundary(in: text, from: start, seen: from, isComplete: isComplete) {
            case .end(let end):
                let firstNew = tokens.ids.count
                if separatesNumbers {
                    appendPieces(of: text.extracting(start..<end), isComplete: true, to: &tokens.ids)
                } else {
                    appendTokens(of: text.extracting(start..<end), to: &tokens.ids)
                }
                appendEnds(of: firstNew, from: place + start, offsets: &offsets, to: &tokens)
                start = end
            case .undecided(let seen):
                guard seen - start >= Self.longPreToken else {
                    self.seen = seen - start
                    return start
                }
                self.seen = 0
                let run = preTokenizer.longRun(in: text, from: start)
                long = LongPreToken(run: run, stream: BytePairStream(model), place: place + start)
                let rest = text.extracting(start..<text.count)
                return start + encodeLong(rest, isComplete: false, offsets: &offsets, into: &tokens).end
            }
        }
        seen = 0
        return start
    }

    /// Goes on with the long pre-token.
    ///
    /// - Returns: the number of bytes it took, and whether it ends there.
    private mutating func encodeLong(
        _ text: Span<UInt8>, isComplete: Bool, offsets: inout OffsetMap, into tokens: inout TokenBatch
    ) -> (end: Int, isEnd: Bool) {
        // The pre-token is moved out of self, so that the stream is changed in place.
        guard var long = long.take() else { return (0, true) }
        let (end, isEnd) = preTokenizer.continuation(of: long.run, in: text, isComplete: isComplete)
        let firstNew = tokens.ids.count
        if separatesNumbers {
            goOn(with: text.extracting(0..<end), isEnd: isEnd, of: &long, into: &tokens.ids)
        } else {
            long.stream.append(text.extracting(0..<end), into: &tokens.ids)
            if isEnd { long.stream.finish(into: &tokens.ids) }
        }
        appendEnds(of: firstNew, from: long.place, offsets: &offsets, to: &tokens)
        for id in tokens.ids[firstNew...] { long.place += Int(tokenLengths[Int(id)]) }
        if isEnd {
            longSteps += long.stream.steps
        } else {
            self.long = long
        }
        return (end, isEnd)
    }

    /// Goes on with a long pre-token that is cut at numbers.
    ///
    /// Only a long piece goes through the stream. Short pieces are tokenised like those of any pre-token.
    private mutating func goOn(
        with bytes: Span<UInt8>, isEnd: Bool, of long: inout LongPreToken, into ids: inout [Int32]
    ) {
        var text = long.held
        text.append(copying: bytes)
        long.held = []
        var start = 0
        if long.isPieceOpen {
            start = text.firstIndex(where: NumberGroups.isNumber) ?? text.count
            long.stream.append(text.span.extracting(0..<start), into: &ids)
            guard start < text.count || isEnd else { return }
            long.stream.finish(into: &ids)
            long.isPieceOpen = false
        }
        let rest = text.span.extracting(start..<text.count)
        let end = appendPieces(of: rest, isComplete: isEnd, to: &ids)
        if rest.count - end < Self.longPreToken {
            long.held = Array(text[(start + end)...])
        } else {
            long.stream.append(rest.extracting(end..<rest.count), into: &ids)
            long.isPieceOpen = true
        }
    }

    /// Appends the tokens of a pre-token's certain pieces.
    ///
    /// - Parameter text: a pre-token from the start of a piece on.
    /// - Returns: the end of the last certain piece.
    @discardableResult
    private mutating func appendPieces(of text: Span<UInt8>, isComplete: Bool, to ids: inout [Int32]) -> Int {
        var start = 0
        while start < text.count, let end = NumberGroups.end(in: text, from: start, isComplete: isComplete) {
            appendTokens(of: text.extracting(start..<end), to: &ids)
            start = end
        }
        return start
    }

    private mutating func appendTokens(of word: Span<UInt8>, to ids: inout [Int32]) {
        guard let key = PreTokenCache.key(of: word) else {
            merge(word, into: &ids)
            return
        }
        if cache.appendTokens(of: key, to: &ids) { return }
        let firstNew = ids.count
        merge(word, into: &ids)
        cache.remember(key, ids[firstNew...])
    }

    private mutating func merge(_ word: Span<UInt8>, into ids: inout [Int32]) {
        if !wholeEntries.isEmpty, let id = wholeEntries[word.indices.map { word[$0] }] {
            ids.append(id)
        } else {
            encoder.encode(word, into: &ids)
        }
    }

    /// - Parameters:
    ///   - firstNew: the first token of the batch without an end.
    ///   - start: the token's start in the normalised text.
    private func appendEnds(
        of firstNew: Int, from start: Int, offsets: inout OffsetMap, to tokens: inout TokenBatch
    ) {
        var end = start
        for index in firstNew..<tokens.ids.count {
            end += Int(tokenLengths[Int(tokens.ids[index])])
            tokens.byteEnds.append(offsets.original(of: end))
        }
    }
}
