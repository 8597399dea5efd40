import Foundation
import TestSupport
import Testing
import Tokenization

/// What is held of a text does not follow it, whatever repeats in it without end.
@Suite struct EndlessRunTests {
    /// With NFC, and with added tokens that take white space along on both sides.
    private static func tokenizer() throws -> Tokenizer {
        var file = try DemoFile()
        file["normalizer"] = ["type": "NFC"]
        var added = (file["added_tokens"] as? [Any]) ?? []
        for (number, content) in ["<mask>", "<long long long>"].enumerated() {
            added.append(
                [
                    "id": 4096 + number, "content": content, "lstrip": true, "rstrip": true, "normalized": number == 1,
                    "single_word": false, "special": number == 0,
                ] as [String: Any])
        }
        file["added_tokens"] = added
        return try file.tokenizer()
    }

    private static let runs = [
        "\u{301}\u{323}", "\u{345}", "\u{301}", "\u{9BE}", "\u{20DD}", "\u{11A8}", "\u{1161}", " ", "\u{3000}", "\n",
        "\t ",
        "<", "<mask", "<long ", "a", "ab", "'", "'l", ".", "e\u{301}", "\u{1100}\u{1161}\u{11A8}", "0", "\u{1E4EC}",
    ]

    @Test(arguments: runs) func whatIsHeldIsBounded(run: String) throws {
        var stream = try Self.tokenizer().stream()
        var tokens = TokenBatch()
        let piece = Array(String(repeating: run, count: 1 + 65_536 / run.utf8.count).utf8)
        stream.append(Array("e".utf8), into: &tokens)
        var most = 0
        // Both searches for added tokens hold white space back.
        let isSpace = run.allSatisfy(\.isWhitespace)
        for _ in 0..<(isSpace ? 48 : 8) {
            stream.append(piece, into: &tokens)
            tokens.removeAll()
            most = max(most, stream.heldCount)
        }
        #expect(most < (4 << 16) + (isSpace ? 2 * AddedTokenSplitter.mostSpace : 0), "\(most) bytes are held")
    }

    /// Cuts of a run of marks are where they are, however the text comes.
    @Test(arguments: ["\u{301}\u{323}", "\u{345}", " ", "\u{3000}"]) func piecesGiveTheTokensOfTheWhole(run: String)
        throws
    {
        let tokenizer = try Self.tokenizer()
        var generator = SplitMix64(seed: 7)
        for count in [1000, 1023, 1024, 1025, 2048, 5000, 400_000] {
            let text = Array(("e" + String(repeating: run, count: count) + "<mask> <long long long>x").utf8)
            let whole = StreamChecks.whole(tokenizer, text)
            #expect(whole.byteEnds.last == text.count)
            #expect(StreamChecks.inPieces(tokenizer, text, longest: 3000, using: &generator) == whole, "\(count)")
        }
    }

    /// As long as any writing system's, and hundreds of times longer: composed as a whole.
    @Test(arguments: [1, 30, 31, 500, CanonicalComposer.mostMarks]) func runsBelowTheBoundAreExact(count: Int) {
        let marks = ["\u{301}", "\u{323}", "\u{345}", "\u{308}", "\u{31B}"]
        let text = "e" + (0..<count).map { marks[$0 * 7 % 5] }.joined() + "z"
        #expect(CanonicalComposer.composed(Array(text.utf8)) == Array(text.precomposedStringWithCanonicalMapping.utf8))
    }

    @Test func longerRunsStayCanonicallyEquivalent() {
        let text = "e" + String(repeating: "\u{301}\u{323}", count: 5000) + "z"
        let composed = String(decoding: CanonicalComposer.composed(Array(text.utf8)), as: UTF8.self)
        #expect(composed == text)
        #expect(Array(composed.utf8) != Array(text.precomposedStringWithCanonicalMapping.utf8))
    }

    /// Space before a token that strips it belongs to the token, and of a longer run the last part.
    @Test func spaceIsStrippedUpToItsBound() throws {
        let tokenizer = try Self.tokenizer()
        func ids(_ spaces: Int) -> [Int32] { tokenizer.encode("a" + String(repeating: " ", count: spaces) + "<mask>") }
        #expect(ids(10) == ids(0))
        #expect(ids(AddedTokenSplitter.mostSpace) == ids(0))
        #expect(ids(AddedTokenSplitter.mostSpace + 10).count > ids(0).count)
    }

    @Test func membersThatNobodyAsksForMayBeAnything() throws {
        var file = try DemoFile()
        file["padding"] = ["x": [1, ["y": NSNull()]]]
        let json = try String(decoding: file.json(), as: UTF8.self)
        let odd = #"{"odd":"\ud800","\udc00":{"\u0000":1e999},"n":123456789012345678901234567890,"# + json.dropFirst()
        let tokenizer = try Tokenizer(json: Array(odd.utf8), name: "odd")
        #expect(tokenizer.encode("A whale.") == (try TestFiles.demoTokenizer()).encode("A whale."))
        let broken = json.replacing("\"vocab\":{", with: "\"vocab\":{\"\\ud800\":9999,")
        #expect(throws: TokenizerError.self) { _ = try Tokenizer(json: Array(broken.utf8), name: "broken") }
    }
}
