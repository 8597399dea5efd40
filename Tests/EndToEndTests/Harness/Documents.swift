import TestSupport

/// Documents from seeds.
enum Documents {
    private static let words = [
        "the", "whale", "of", "old", "captain", "and", "evening", "with", "upon", "letter", "to", "river", "great",
        "never", "light", "a", "naïve", "house", "sea", "“Yes”", "little", "before", "was", "€5",
    ]

    /// Words and line ends; some take more bytes than characters.
    static func text(words count: Int, seed: UInt64) -> String {
        var random = SplitMix64(seed: seed)
        var text = ""
        for number in 0..<count {
            if number > 0 { text += random.next().isMultiple(of: 17) ? ".\n" : " " }
            text += words.randomElement(using: &random) ?? ""
        }
        return text
    }

    /// Token ids of the demo models' vocabulary that are neither special nor rare.
    static func tokens(_ count: Int, seed: UInt64) -> [Int] {
        var random = SplitMix64(seed: seed)
        return (0..<count).map { _ in Int.random(in: 260..<4000, using: &random) }
    }

    /// A JSON line of a document given as tokens.
    static func line(_ id: String, tokens: [Int]) -> String {
        "{\"id\":\"\(id)\",\"tokens\":\(tokens)}\n"
    }

    /// Lines of documents of the given lengths in tokens, with ids that start with `d` and count from 0.
    static func lines(tokenCounts: [Int], seed: UInt64 = 1) -> String {
        tokenCounts.enumerated().map { number, count in
            line("d\(number)", tokens: tokens(count, seed: seed &* 1000 &+ UInt64(number)))
        }.joined()
    }
}
