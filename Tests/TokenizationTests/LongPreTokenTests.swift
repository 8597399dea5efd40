import TestSupport
import Testing
import Tokenization

/// One pre-token may be as long as the document.
@Suite struct LongPreTokenTests {
    /// Runs whose merges are many, none, or in an unlucky order.
    private static let runs: [String] = ["a", "ab", "the", "nothing", "é", "zq", "日本"]

    @Test(arguments: runs)
    func workGrowsInStepWithLength(run: String) throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let short = steps(tokenizer, run, bytes: 1 << 16)
        let long = steps(tokenizer, run, bytes: 1 << 20)
        #expect(long <= 17 * short)
        #expect(long <= 4 << 20)
    }

    @Test(arguments: runs)
    func piecesOfALongRunGiveTheTokensOfTheWhole(run: String) throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let text = Array(String(repeating: run, count: 20_000).utf8)
        var generator = SplitMix64(seed: 5)
        let whole = StreamChecks.whole(tokenizer, text)
        #expect(StreamChecks.inPieces(tokenizer, text, longest: 40, using: &generator) == whole)
        #expect(whole.ids.flatMap { tokenizer.bytes(of: $0) ?? [] } == text)
        #expect(whole.byteEnds.last == text.count)
    }

    /// The same merges without any search structure: the lowest rank first, the leftmost of equals.
    @Test func longAndShortPreTokensFollowTheSameMerges() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let merges = try ReferenceMerges()
        for seed in 0..<60 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            let letters = Array("etaoinshrdlu".prefix(Int.random(in: 1...12, using: &generator)))
            let count = Int.random(in: 1...200, using: &generator)
            let word = String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "e" })
            let tokens = tokenizer.encode(word).map { String(decoding: tokenizer.bytes(of: $0) ?? [], as: UTF8.self) }
            #expect(tokens == merges.tokens(of: word), "\(word)")
        }
    }

    private func steps(_ tokenizer: Tokenizer, _ run: String, bytes: Int) -> Int {
        var tokens = TokenBatch()
        var stream = tokenizer.stream()
        let text = String(repeating: run, count: bytes / run.utf8.count)
        stream.append(text.utf8.dropLast(run.utf8.count), into: &tokens)
        // A full stop ends the run, so that the work is done before the stream is finished and starts anew.
        stream.append("\(run).!".utf8, into: &tokens)
        return stream.mergeSteps
    }
}

/// Merges by the definition, for words of ASCII letters.
private struct ReferenceMerges {
    private let ranks: [String: Int]

    init() throws {
        let merges = try #require(try DemoFile()["model", "merges"] as? [String])
        ranks = Dictionary(uniqueKeysWithValues: zip(merges, 0...))
    }

    func tokens(of word: String) -> [String] {
        var tokens = word.map(String.init)
        while tokens.count > 1 {
            let candidates = tokens.indices.dropLast().compactMap { index in
                ranks["\(tokens[index]) \(tokens[index + 1])"].map { (rank: $0, index: index) }
            }
            guard let first = candidates.min(by: { ($0.rank, $0.index) < ($1.rank, $1.index) }) else { break }
            tokens[first.index] += tokens.remove(at: first.index + 1)
        }
        return tokens
    }
}
