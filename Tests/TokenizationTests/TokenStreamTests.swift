import TestSupport
import Testing
import Tokenization

@Suite struct TokenStreamTests {
    @Test(arguments: try KnownAnswers.all())
    func piecesGiveTheTokensOfTheWhole(answers: KnownAnswers) throws {
        let tokenizer = try answers.tokenizer()
        for (index, text) in answers.texts.enumerated() {
            #expect(
                StreamChecks.agrees(tokenizer, Array(text.text.utf8), seed: UInt64(index)),
                "\(text.text.debugDescription)")
        }
        for seed in 0..<200 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            let text = StreamChecks.text(using: &generator)
            #expect(StreamChecks.agrees(tokenizer, Array(text.utf8), seed: seed), "seed \(seed)")
        }
    }

    @Test func textOfManyBlocksGivesTheTokensOfItsLines() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let line = "She said: “I'll be there at 10:45,”  and wasn't.\n"
        let known = tokenizer.encode(line)
        let text = Array(String(repeating: line, count: 5000).utf8)
        let expected = (0..<5000).flatMap { _ in known }
        #expect(StreamChecks.whole(tokenizer, text).ids == expected)
        var generator = SplitMix64(seed: 1)
        let pieces = StreamChecks.inPieces(tokenizer, text, longest: 50_000, using: &generator)
        #expect(pieces.ids == expected)
        #expect(pieces.byteEnds.last == text.count)
    }

    @Test func endsCutTheOriginalTextWhereTokensEnd() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        let text = Array("It's naïve — 日本語 😀<|endoftext|>  done".utf8)
        let tokens = StreamChecks.whole(tokenizer, text)
        var start = 0
        for (id, end) in zip(tokens.ids, tokens.byteEnds) {
            #expect(tokenizer.bytes(of: id) == Array(text[start..<end]))
            start = end
        }
        #expect(start == text.count)
    }

    @Test func endsCountBytesBeforeNormalisation() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        // The composed é is two bytes, two tokens of this vocabulary or one; decomposed it was three bytes.
        let tokens = StreamChecks.whole(tokenizer, Array("x e\u{301}. Y".utf8))
        let composed = StreamChecks.whole(tokenizer, Array("x \u{E9}. Y".utf8))
        #expect(tokens.ids == composed.ids)
        #expect(tokens.byteEnds.first == 1)
        #expect(tokens.byteEnds.suffix(2) == [6, 8])
        #expect(composed.byteEnds.suffix(2) == [5, 7])
        #expect(tokens.byteEnds.contains(5))
    }

    @Test func prefixSpaceTakesUpNoBytes() throws {
        var file = try DemoFile()
        file["pre_tokenizer", "add_prefix_space"] = true
        let tokenizer = try file.tokenizer()
        let tokens = StreamChecks.whole(tokenizer, Array("the<|endoftext|>the".utf8))
        #expect(tokens.ids == tokenizer.encode(" the<|endoftext|> the"))
        #expect(tokens.byteEnds == [3, 16, 19])
    }

    @Test func strippedSpaceBelongsToTheToken() throws {
        let answers = try #require(try KnownAnswers.all().first { $0.name == "added tokens in the original text" })
        let tokens = StreamChecks.whole(try answers.tokenizer(), Array("a \u{3000}<b> \n b".utf8))
        #expect(tokens.ids[1] == 4098)
        #expect(tokens.byteEnds == [1, 11, 12])
    }

    @Test func spaceOfAnyLengthIsStrippedFromTheOriginalText() throws {
        let answers = try #require(try KnownAnswers.all().first { $0.name == "added tokens in the original text" })
        let tokenizer = try answers.tokenizer()
        let space = String(repeating: " \u{3000}\n", count: 20_000)
        let text = Array("a\(space)<b>\(space)b\(space)".utf8)
        var generator = SplitMix64(seed: 3)
        let whole = StreamChecks.whole(tokenizer, text)
        #expect(whole.ids[1] == 4098)
        #expect(whole.byteEnds[1] == 1 + 2 * space.utf8.count + 3)
        #expect(StreamChecks.inPieces(tokenizer, text, longest: 7, using: &generator) == whole)
    }

    @Test func addedTokensAreFoundAcrossPieces() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        var tokens = TokenBatch()
        var stream = tokenizer.stream()
        for byte in "<|endoftext|".utf8 { stream.append([byte], into: &tokens) }
        #expect(tokens.ids.isEmpty)
        stream.append(">".utf8, into: &tokens)
        #expect(tokens.ids == [0])
        stream.finish(into: &tokens)
        #expect(tokens.ids == [0])
    }

    @Test func anEmptyTextHasNoTokens() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        #expect(StreamChecks.whole(tokenizer, []) == TokenBatch())
    }

    @Test func aFinishedStreamReadsAnotherText() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        var stream = tokenizer.stream()
        for _ in 0..<2 {
            var tokens = TokenBatch()
            stream.append("once more".utf8, into: &tokens)
            stream.finish(into: &tokens)
            #expect(tokens == StreamChecks.whole(tokenizer, Array("once more".utf8)))
        }
    }

    @Test func onlyTheLastPreTokenIsHeldBack() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        var tokens = TokenBatch()
        var stream = tokenizer.stream()
        for _ in 0..<2000 {
            stream.append("Some words, and then a few more of them; e\u{301}ve\u{300}n accents ".utf8, into: &tokens)
            #expect(stream.heldCount < 32)
        }
    }

    @Test func brokenUTF8DoesNotStopTheProgram() throws {
        let tokenizer = try TestFiles.demoTokenizer()
        for seed in 0..<300 as Range<UInt64> {
            var generator = SplitMix64(seed: seed)
            let bytes = (0..<40).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            let tokens = StreamChecks.inPieces(tokenizer, bytes, longest: 5, using: &generator)
            #expect((tokens.byteEnds.last ?? 0) <= bytes.count)
        }
    }
}
