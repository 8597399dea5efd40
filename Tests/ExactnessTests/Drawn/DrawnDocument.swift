import Checkpoints
import TestSupport

/// A document of random tokens or words.
struct DrawnDocument: CustomStringConvertible {
    let id: String
    let tokens: [Int32]
    /// In place of the tokens.
    let text: String?

    /// Around the lines of the grid of blocks.
    private static let edges = [1, 2, 255, 256, 257, 511, 512, 513, 2047, 2048, 2049]

    static func length(_ random: inout SplitMix64) -> Int {
        random.next() % 3 == 0
            ? Int.random(in: 1...6000, using: &random) : edges[Int(random.next() % UInt64(edges.count))]
    }

    init(number: Int, for model: DrawnModel, _ random: inout SplitMix64) {
        id = "d\(number)"
        let length = Self.length(&random)
        let vocabulary = Int32(model.configuration.vocabularySize)
        tokens = (0..<length).map { _ in Int32.random(in: 0..<vocabulary, using: &random) }
        text = model.hasTokenizer && random.next() % 2 == 0 ? Self.text(length, &random) : nil
    }

    private static func text(_ words: Int, _ random: inout SplitMix64) -> String {
        (0..<words).map { _ in
            String(
                (0..<Int.random(in: 1...6, using: &random)).map { _ in "etaoinshrdlu,.".randomElement(using: &random)! }
            )
        }.joined(separator: " ")
    }

    var description: String { text == nil ? "\(tokens.count)" : "\(tokens.count) words" }

    /// A line of JSON.
    var line: String {
        text.map { "{\"id\":\"\(id)\",\"text\":\"\($0)\"}\n" } ?? "{\"id\":\"\(id)\",\"tokens\":\(tokens)}\n"
    }
}
