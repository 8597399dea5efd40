import Inference
import Mamba
package import Tokenization

/// What a coordinator needs of a model: not its weights.
package struct ModelSummary: Sendable {
    package let digest: String
    let vocabularySize: Int
    /// `nil`: the model takes tokens only.
    package let tokenizer: Tokenizer?

    package init(digest: String, vocabularySize: Int, tokenizer: Tokenizer?) {
        self.digest = digest
        self.vocabularySize = vocabularySize
        self.tokenizer = tokenizer
    }

    /// - Throws: what is wrong with the directory.
    init(directory: String) throws {
        let files = try ModelFiles(directory: directory)
        digest = files.digest
        vocabularySize = files.configuration.paddedVocabularySize
        tokenizer = files.tokenizer
    }
}
