import Inference
import Mamba
import Tokenization

/// What a coordinator needs of a model: not its weights.
struct ModelSummary: Sendable {
    let digest: String
    let vocabularySize: Int
    /// `nil`: the model takes tokens only.
    let tokenizer: Tokenizer?

    /// - Throws: what is wrong with the directory.
    init(directory: String) throws {
        let files = try ModelFiles(directory: directory)
        digest = files.digest
        vocabularySize = files.configuration.paddedVocabularySize
        tokenizer = files.tokenizer
    }
}
