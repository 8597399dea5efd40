public import ModelFiles

/// A model directory, opened and loaded by an engine: what every lane of a worker shares.
public final class Model: Sendable {
    /// What computes with it.
    public let engine: any Engine
    /// Empty for a model of no files.
    public let directory: String
    /// Of the files: `ModelFiles.digest`.
    public let digest: String
    /// Ids that end a generation: `eos_token_id` of `generation_config.json`, else of `config.json`; may be empty.
    public let endOfText: Set<Int32>
    /// Bytes of tokens; `nil` if the model was opened without a tokenizer.
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

    /// - Parameter engine: which has loaded these files.
    public convenience init(files: ModelFiles, engine: any Engine) {
        self.init(
            engine: engine, directory: files.directory, digest: files.digest, endOfText: files.endOfText,
            tokenBytes: files.tokenBytes)
    }

    /// Ids that a document may hold, 0 up to this.
    public var vocabularySize: Int { engine.shape.vocabularySize }

    /// Ids that are sampled, 0 up to this: no padding.
    public var sampledVocabularySize: Int {
        min(tokenBytes?.vocabularySize ?? .max, engine.shape.meaningfulVocabularySize)
    }

    /// Width of hidden rows and embeddings.
    public var hiddenSize: Int { engine.shape.hiddenSize }

    /// What fixes the bits of the results on this machine.
    public var profile: String { engine.profile }
}
