import CoordinatorDaemon
import FoundationEssentials
import TestSupport
import Tokenization

/// A model as the coordinator knows it.
enum DemoModel {
    static let directory =
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path + "/Jobs/models/mamba2-books-6m"

    /// Of the model in the directory.
    static let hiddenSize = 256

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
