import TestSupport
import Tokenization

enum StreamChecks {
    /// The tokens of a text in one piece.
    static func whole(_ tokenizer: Tokenizer, _ text: [UInt8]) -> TokenBatch {
        var tokens = TokenBatch()
        var stream = tokenizer.stream()
        stream.append(text, into: &tokens)
        stream.finish(into: &tokens)
        return tokens
    }

    /// The tokens of a text cut at random places, also inside characters.
    static func inPieces(
        _ tokenizer: Tokenizer, _ text: [UInt8], longest: Int, using generator: inout SplitMix64
    ) -> TokenBatch {
        var tokens = TokenBatch()
        var stream = tokenizer.stream()
        var start = 0
        while start < text.count {
            let end = min(text.count, start + Int.random(in: 0...longest, using: &generator))
            if Bool.random(using: &generator) {
                stream.append(text[start..<end], into: &tokens)
            } else {
                stream.append(text.span.extracting(start..<end), into: &tokens)
            }
            start = end
        }
        stream.finish(into: &tokens)
        return tokens
    }

    /// Whether pieces of several sizes give the tokens of the whole, with ends that only grow and reach the text's end.
    static func agrees(_ tokenizer: Tokenizer, _ text: [UInt8], seed: UInt64) -> Bool {
        var generator = SplitMix64(seed: seed)
        let whole = whole(tokenizer, text)
        guard whole.ids.count == whole.byteEnds.count, (whole.byteEnds.last ?? 0) == text.count else { return false }
        guard zip(whole.byteEnds, whole.byteEnds.dropFirst()).allSatisfy({ $0 <= $1 }) else { return false }
        return [1, 3, 16, 100].allSatisfy { longest in
            inPieces(tokenizer, text, longest: longest, using: &generator) == whole
        }
    }

    /// Random text of what makes tokenizers stumble.
    static func text(using generator: inout SplitMix64) -> String {
        let parts = [
            "a", "b", "the", " the", "Zürich", "x1", "12", " ", " ", "  ", "       ", "\n", "\r\n", "\t", "'", "'s",
            "'re", "'l",
            "'ve", "don't", ".", ",", "!?", "-", "é", "e", "\u{301}", "\u{323}", "\u{308}", "\u{345}", "\u{344}",
            "\u{212B}",
            "\u{1100}", "\u{1161}", "\u{11A8}", "각", "\u{915}\u{93C}", "\u{9C7}\u{9BE}", "日本", "語", "Привет", "½", "٣",
            "\u{A0}", "\u{3000}", "\u{85}", "😀", "👩‍🚀", "\u{1E4EC}", "<|endoftext|>", "<|end", "oftext|>", "<", "<m>",
            "<r>",
            "<b>", "<s>", "<n>", "qony", "_", "café", "cafe\u{301}s", String(repeating: " ", count: 24), "\0",
        ]
        let count = Int.random(in: 0...30, using: &generator)
        return (0..<count).map { _ in
            if Int.random(in: 0..<8, using: &generator) > 0 { return parts.randomElement(using: &generator) ?? "" }
            let limit: UInt32 = [0x80, 0x800, 0x3100, 0x10000, 0x110000].randomElement(using: &generator) ?? 0x80
            return Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)).map { String($0) } ?? ""
        }.joined()
    }
}
