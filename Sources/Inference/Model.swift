public import Kernels
public import Mamba

/// A model directory, opened: what every lane of a worker shares.
public final class Model: Sendable {
    public let directory: String
    /// Of the files: `ModelFiles.digest`.
    public let digest: String
    /// Ids that end a generation: `eos_token_id` of `generation_config.json`, else of `config.json`; may be empty.
    public let endOfText: Set<Int32>
    public let language: LanguageModel
    /// Bytes of tokens; `nil` if the model was opened without a tokenizer.
    public let tokenBytes: (any TokenBytes)?
    private let source: any TensorSource

    /// Maps the weights.
    ///
    /// Loads OpenBLAS when it is the first: see `OpenBLAS.load`.
    ///
    /// - Parameters:
    ///   - dataType: of the linear layers' products, whatever the files have.
    ///   - product: what computes these; `nil`: see `Arithmetic`.
    /// - Throws: `ModelError` naming the file and what is wrong with it, or `ArithmeticError`.
    public init(files: ModelFiles, dataType: DataType = .float32, product: ProductProvider? = nil) throws {
        directory = files.directory
        digest = files.digest
        endOfText = files.endOfText
        tokenBytes = files.tokenBytes
        source = files.checkpoint.source
        language = try LanguageModel(
            configuration: files.configuration, source: source,
            arithmetic: try Arithmetic(dataType: dataType, product: product))
    }

    /// Opens a directory in Hugging Face's layout.
    ///
    /// - Throws: what `ModelFiles` and a model of them throw.
    public convenience init(
        directory: String, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        try self.init(files: ModelFiles(directory: directory), dataType: dataType, product: product)
    }

    /// A model of random weights, for benchmarks and tests.
    ///
    /// - Throws: `ArithmeticError`.
    public init(
        random configuration: ModelConfiguration, seed: UInt64 = 1, endOfText: Set<Int32> = [],
        tokenBytes: (any TokenBytes)? = nil, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        directory = ""
        digest = "random:\(seed)"
        self.endOfText = endOfText
        self.tokenBytes = tokenBytes
        source = RandomWeights(seed: seed)
        language = try LanguageModel(
            configuration: configuration, source: source,
            arithmetic: try Arithmetic(dataType: dataType, product: product))
    }

    /// Ids that a document may hold, 0 up to this.
    public var vocabularySize: Int { language.configuration.paddedVocabularySize }

    /// Ids that are sampled, 0 up to this: no padding.
    public var sampledVocabularySize: Int {
        min(tokenBytes?.vocabularySize ?? .max, language.configuration.vocabularySize)
    }

    /// Width of hidden rows and embeddings.
    public var hiddenSize: Int { language.configuration.hiddenSize }

    /// Numbers in the checkpoint by type as it is stored (`F32`, `BF16`, `F16`); their sum is the parameter count.
    public var storedNumbers: [String: Int] { source.storedNumbers }

    /// What fixes the bits of the results on this machine.
    public var profile: ArithmeticProfile { language.arithmetic.profile }
}
