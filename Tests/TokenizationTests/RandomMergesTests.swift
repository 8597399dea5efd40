import Foundation
import TestSupport
import Testing
import Tokenization

/// Pre-tokens that are tokenised as they arrive, against the same ones taken whole, for merges in any order.
@Suite struct RandomMergesTests {
    /// A tokenizer of random merges over a few letters. Their order need not be that in which tokens come about: a
    /// merge of a long token may come before the one that makes its part.
    private static func tokenizer(using generator: inout SplitMix64) throws -> Tokenizer {
        let letters = Array("abcd".prefix(Int.random(in: 1...4, using: &generator))).map(String.init)
        var spellings = letters
        var merges: [String] = []
        for _ in 0..<Int.random(in: 1...60, using: &generator) {
            let left = spellings.randomElement(using: &generator) ?? "a"
            let right = spellings.randomElement(using: &generator) ?? "a"
            let merge = "\(left) \(right)"
            guard left.count + right.count <= 24, !merges.contains(merge) else { continue }
            merges.append(merge)
            if !spellings.contains(left + right) { spellings.append(left + right) }
        }
        if Bool.random(using: &generator) { merges.shuffle(using: &generator) }
        return try tokenizer(merges: merges, made: spellings.dropFirst(letters.count))
    }

    private static func tokenizer(merges: [String], made: some Sequence<String>) throws -> Tokenizer {
        let demo = try DemoFile()
        let vocabulary = try #require(demo["model", "vocab"] as? [String: Int])
        // All single bytes, and then what the merges make.
        var entries = vocabulary.filter { $0.key.unicodeScalars.count == 1 }
        var next = (entries.values.max() ?? 0) + 1
        for spelling in made {
            entries[spelling] = next
            next += 1
        }
        let file: [String: Any] = [
            "version": "1.0", "added_tokens": [],
            "normalizer": NSNull(),
            "pre_tokenizer": ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true],
            "post_processor": NSNull(),
            "decoder": ["type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true],
            "model": ["type": "BPE", "vocab": entries, "merges": merges],
        ]
        return try Tokenizer(json: Array(JSONSerialization.data(withJSONObject: file)), name: "random merges")
    }

    /// A run fits into one block and is taken whole; in pieces it is not known to end before the last of them.
    @Test(arguments: 0..<60 as Range<UInt64>) func longRunsHaveTheTokensOfTheWhole(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let tokenizer = try Self.tokenizer(using: &generator)
        let letters = Array("abcd".utf8.prefix(Int.random(in: 1...4, using: &generator)))
        let period = (0..<Int.random(in: 1...30, using: &generator)).map { _ in
            letters.randomElement(using: &generator) ?? 0x61
        }
        for isPeriodic in [true, false] {
            let count = Int.random(in: 4090...20_000, using: &generator)
            let text = (0..<count).map { place in
                isPeriodic ? period[place % period.count] : letters.randomElement(using: &generator) ?? 0x61
            }
            let whole = StreamChecks.whole(tokenizer, text)
            try #require(whole.byteEnds.last == count)
            let pieces = StreamChecks.inPieces(tokenizer, text, longest: 3000, using: &generator)
            #expect(pieces == whole, "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test(arguments: ["a", "ACGT", " ", "\n", "é", "1", "!?"])
    func whatIsHeldDoesNotGrowWithARun(run: String) throws {
        let tokenizer = try TestFiles.demoTokenizer()
        var generator = SplitMix64(seed: 1)
        var stream = tokenizer.stream()
        var tokens = TokenBatch()
        let letters = run.unicodeScalars.map { Array(String($0).utf8) }
        var text: [UInt8] = []
        for _ in 0..<64 {
            let piece = (0..<20_000).flatMap { _ in letters.randomElement(using: &generator) ?? [] }
            stream.append(piece, into: &tokens)
            text += piece
            #expect(stream.heldCount < 1 << 16)
        }
        stream.append(Array("x.".utf8), into: &tokens)
        stream.finish(into: &tokens)
        #expect(tokens.ids.flatMap { tokenizer.bytes(of: $0) ?? [] } == text + Array("x.".utf8))
        #expect(tokens.byteEnds == tokens.byteEnds.sorted() && tokens.byteEnds.last == text.count + 2)
    }

    /// A run that ends in every way, right where a piece ends and elsewhere.
    @Test(arguments: ["a", " ", "\n ", "3", ".", "é"], ["", "a", " a", "  a", "\n", ".", "'s", " 's", "3", "é"])
    func longRunsEndWhereThePatternSays(run: String, end: String) throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let text = Array((String(repeating: run, count: 10_000 / run.utf8.count) + end + " the end").utf8)
        let whole = StreamChecks.whole(tokenizer, text)
        for cut in [4096, 9_990, 9_999, 10_000, 10_001, 10_002] where cut < text.count {
            var tokens = TokenBatch()
            var stream = tokenizer.stream()
            stream.append(text[..<cut], into: &tokens)
            stream.append(text[cut...], into: &tokens)
            stream.finish(into: &tokens)
            #expect(tokens == whole, "cut at \(cut)")
        }
        let short = Array((String(repeating: run, count: 30) + end + " the end").utf8)
        #expect(StreamChecks.agrees(tokenizer, short, seed: 1))
    }
}
