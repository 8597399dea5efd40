import TestSupport
import Testing
import Tokenization

/// Pre-tokenizers in a sequence, as they cut text that arrives in pieces.
@Suite struct SequenceTests {
    static let answers = ((try? KnownAnswers.all()) ?? []).filter { $0.edits.preTokenizers != nil }

    @Test func theSequencesAreThere() {
        #expect(Self.answers.count == 3)
    }

    @Test(arguments: answers) func randomTextsInPiecesHaveTheTokensOfTheWhole(answers: KnownAnswers) throws {
        let tokenizer = try answers.tokenizer()
        var generator = SplitMix64(seed: 3)
        for seed in 0..<300 as Range<UInt64> {
            let text = StreamChecks.text(using: &generator)
            #expect(StreamChecks.agrees(tokenizer, Array(text.utf8), seed: seed), "\(text.debugDescription)")
        }
    }

    /// A run fits into one block and is taken whole; in pieces it is not known to end before the last of them. Pieces
    /// between its numbers are short, or so long that they are tokenised as they arrive.
    @Test(arguments: answers, ["a", "1", " ", "\n ", "(", "м", "²", "½1", "aм", "x\u{301}"])
    func longRunsHaveTheTokensOfTheWhole(answers: KnownAnswers, run: String) throws {
        let tokenizer = try answers.tokenizer()
        var generator = SplitMix64(seed: 4)
        for end in ["", "(", " (", "  b", "м", "12", "'s"] {
            let long = String(repeating: run, count: 9_000 / run.utf8.count)
            for text in [long + end, "é" + long + "м" + long + end] {
                let text = Array((text + " end 12345").utf8)
                let whole = StreamChecks.whole(tokenizer, text)
                try #require(whole.byteEnds.last == text.count)
                for longest in [7, 300, 5000] {
                    let pieces = StreamChecks.inPieces(tokenizer, text, longest: longest, using: &generator)
                    #expect(pieces == whole, "\(end) in pieces of up to \(longest)")
                }
            }
        }
    }

    @Test(arguments: answers, ["a", "1", " ", "(", "м", "½1"])
    func whatIsHeldDoesNotGrowWithARun(answers: KnownAnswers, run: String) throws {
        var stream = try answers.tokenizer().stream()
        var tokens = TokenBatch()
        let piece = Array(String(repeating: run, count: 20_000).utf8)
        for _ in 0..<32 {
            stream.append(piece, into: &tokens)
            #expect(stream.heldCount < 1 << 16)
        }
        stream.finish(into: &tokens)
        #expect(tokens.byteEnds.last == 32 * piece.count)
    }
}
