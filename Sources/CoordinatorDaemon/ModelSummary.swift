import FoundationEssentials
import Inference
import Tokenization

/// What a coordinator needs of a model: not its weights.
struct ModelSummary: Sendable {
    let digest: String
    let vocabularySize: Int
    /// `nil`: the model takes tokens only.
    let tokenizer: Tokenizer?

    /// Reads the model's configuration and tokenizer, and hashes its files.
    /// - Throws: what is wrong with the directory.
    init(directory: String) throws {
        let model = try Model(directory: directory)
        digest = model.digest
        vocabularySize = model.vocabularySize
        let path = directory + "/tokenizer.json"
        tokenizer = FileManager.default.fileExists(atPath: path) ? try Tokenizer(contentsOf: path) : nil
    }
}
