/// Tokenises a text as it arrives. The tokens are those of the whole text, wherever the pieces are cut.
///
/// Each stage only holds text that later text may change: the search for added tokens holds the start of a possible
/// match, the normaliser the last character that marks may join, and the pre-tokenizer the last pre-token. A long
/// pre-token (a genome is one run of letters) is tokenised as it arrives: see `BytePairStream`. So memory is bounded by
/// the piece, 32 KB. White space that a later added token may strip is also held.
///
/// The text must be valid UTF-8; a piece may end inside a character. One stream reads one text, on one thread at a
/// time.
public struct TokenStream: Sendable {
    /// The bytes of text that go through all stages at a time. They stay in the processor's cache.
    private static let blockSize = 32 << 10

    private let model: TokenizerModel
    /// The original text, from the first byte that the search for added tokens still holds.
    private var original: [UInt8] = []
    private var originalPlace = 0
    private var originalSplitter: AddedTokenSplitter
    private var composer: CanonicalComposer
    private var offsets = OffsetMap()
    /// The normalised text, in which further added tokens are found.
    private var normalized: [UInt8] = []
    private var normalizedPlace = 0
    private var normalizedSplitter: AddedTokenSplitter
    private var segment: SegmentEncoder

    init(_ model: TokenizerModel) {
        self.model = model
        originalSplitter = AddedTokenSplitter(model.addedTokens.inOriginalText)
        composer = CanonicalComposer(isEnabled: model.composesCanonically)
        normalizedSplitter = AddedTokenSplitter(model.addedTokens.inNormalizedText)
        segment = SegmentEncoder(model, cache: model.caches.take())
    }

    /// The number of merge candidates examined so far: the work of long pre-tokens.
    package var mergeSteps: Int { segment.steps }

    /// The number of held bytes.
    package var heldCount: Int {
        original.count + composer.heldCount + normalized.count + segment.pendingCount
    }

    /// Appends the tokens that this piece makes certain.
    public mutating func append(_ utf8: some Collection<UInt8>, into tokens: inout TokenBatch) {
        original.append(contentsOf: utf8)
        encodeBlocks(into: &tokens)
    }

    /// Appends the tokens that this piece makes certain.
    public mutating func append(_ utf8: Span<UInt8>, into tokens: inout TokenBatch) {
        original.append(copying: utf8)
        encodeBlocks(into: &tokens)
    }

    /// Appends the last tokens. The stream can then read another text.
    public mutating func finish(into tokens: inout TokenBatch) {
        let text = original
        encode(text.span, isComplete: true, into: &tokens)
        finishSegment(into: &tokens)
        model.caches.give(segment.cache)
        let model = model
        self = TokenStream(model)
    }

    private mutating func encodeBlocks(into tokens: inout TokenBatch) {
        // The text is moved out of self: reading it while passing it on would be overlapping accesses.
        var text: [UInt8] = []
        swap(&text, &original)
        var end = 0
        while end < text.count {
            end = min(text.count, end + Self.blockSize)
            let whole = UTF8Text.countOfWholeScalars(in: text.span.extracting(0..<end))
            encode(text.span.extracting(0..<whole), isComplete: false, into: &tokens)
        }
        let used = originalSplitter.start
        originalSplitter.drop(used, of: text.span)
        text.removeSubrange(0..<used)
        originalPlace += used
        swap(&text, &original)
    }

    /// - Parameter text: the part of `original` to examine.
    private mutating func encode(_ text: Span<UInt8>, isComplete: Bool, into tokens: inout TokenBatch) {
        while let piece = originalSplitter.next(in: text, isComplete: isComplete) {
            switch piece {
            case .text(let range):
                composer.append(text.extracting(range), to: &normalized, offsets: &offsets)
                encodeNormalized(isComplete: false, into: &tokens)
            case .token(let id, let end):
                finishSegment(into: &tokens)
                let place = originalPlace + end
                offsets.advance(by: place - offsets.originalEnd)
                normalizedPlace = offsets.normalizedEnd
                segment.move(to: normalizedPlace)
                tokens.ids.append(id)
                tokens.byteEnds.append(place)
            }
        }
    }

    private mutating func finishSegment(into tokens: inout TokenBatch) {
        composer.finish(to: &normalized, offsets: &offsets)
        encodeNormalized(isComplete: true, into: &tokens)
        normalizedSplitter.restart()
    }

    private mutating func encodeNormalized(isComplete: Bool, into tokens: inout TokenBatch) {
        var text: [UInt8] = []
        swap(&text, &normalized)
        while let piece = normalizedSplitter.next(in: text.span, isComplete: isComplete) {
            switch piece {
            case .text(let range):
                segment.append(text.span.extracting(range))
            case .token(let id, let end):
                segment.encode(isComplete: true, offsets: &offsets, into: &tokens)
                segment.move(to: normalizedPlace + end)
                tokens.ids.append(id)
                tokens.byteEnds.append(offsets.original(of: normalizedPlace + end))
            }
        }
        segment.encode(isComplete: isComplete, offsets: &offsets, into: &tokens)
        let used = normalizedSplitter.start
        normalizedSplitter.drop(used, of: text.span)
        text.removeSubrange(0..<used)
        normalizedPlace += used
        swap(&text, &normalized)
    }
}
