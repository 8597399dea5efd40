import JobRuns
import TestSupport
import Tokenization

/// The model as the coordinator knows it.
extension DemoModel {
    static func tokenizer() throws -> Tokenizer {
        try Tokenizer(contentsOf: directory + "/tokenizer.json")
    }

    static func ofText() throws -> ModelSummary {
        let tokenizer = try tokenizer()
        return ModelSummary(digest: "digest", vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer)
    }

    /// Takes tokens only.
    static let ofTokens = ModelSummary(digest: "digest", vocabularySize: 1000, tokenizer: nil)
}
