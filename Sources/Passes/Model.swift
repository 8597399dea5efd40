public import ModelFiles

/// A model that an engine has loaded from a directory. All lanes of a worker share it.
public final class Model: Sendable {
    /// The engine that computes with the model.
    public let engine: any Engine
    /// The directory of the model; empty for a model without files.
    public let directory: String
    /// The digest of the files: `ModelFiles.digest`.
    public let digest: String
    /// The end-of-text tokens: `eos_token_id` of `generation_config.json`, else of `config.json`; may be empty.
    public let endOfText: Set<Int32>
    /// The bytes of each token; `nil` if the model was opened without a tokenizer.
    public let tokenBytes: (any TokenBytes)?

    public init(
        engine: any Engine, directory: String = "", digest: String, endOfText: Set<Int32> = [],
        tokenBytes: (any TokenBytes)? = nil
    ) {
        self.engine = engine
        self.directory = directory
        self.digest = digest
        self.endOfText = endOfText
        self.tokenBytes = tokenBytes
    }

    /// - Parameter engine: the engine that has loaded these files.
    public convenience init(files: ModelFiles, engine: any Engine) {
        self.init(
            engine: engine, directory: files.directory, digest: files.digest, endOfText: files.endOfText,
            tokenBytes: files.tokenBytes)
    }

    /// The size of the vocabulary: a document may hold smaller ids.
    public var vocabularySize: Int { engine.shape.vocabularySize }

    /// The size of the vocabulary without padding: smaller ids are sampled.
    public var sampledVocabularySize: Int {
        min(tokenBytes?.vocabularySize ?? .max, engine.shape.meaningfulVocabularySize)
    }

    /// The width of hidden rows and embeddings.
    public var hiddenSize: Int { engine.shape.hiddenSize }

    /// The profile of this machine: what fixes the bits of the results.
    public var profile: String { engine.profile }
}
