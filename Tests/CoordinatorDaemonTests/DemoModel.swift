import CoordinatorDaemon
import FoundationEssentials
import Tokenization

/// A model as the coordinator knows it.
enum DemoModel {
    static func tokenizer() throws -> Tokenizer {
        let repository = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try Tokenizer(contentsOf: repository.path + "/Jobs/models/mamba2-books-6m/tokenizer.json")
    }

    static func ofText() throws -> ModelSummary {
        let tokenizer = try tokenizer()
        return ModelSummary(digest: "digest", vocabularySize: tokenizer.vocabularySize, tokenizer: tokenizer)
    }

    /// Takes tokens only.
    static let ofTokens = ModelSummary(digest: "digest", vocabularySize: 1000, tokenizer: nil)
}
