public import Checkpoints
public import Kernels
internal import Mamba
public import ModelFiles
public import Passes

extension Model {
    /// Maps the weights, for the CPU to compute with.
    ///
    /// The first call loads OpenBLAS: see `OpenBLAS.load`.
    ///
    /// - Parameters:
    ///   - dataType: the data type of the linear layers' products, whatever the files have.
    ///   - product: the provider of these products; `nil`: see `Arithmetic`.
    /// - Throws: `ModelError` that names the file and the problem, or `ArithmeticError`.
    public convenience init(
        files: ModelFiles, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        let language = try LanguageModel(
            configuration: files.configuration, source: files.checkpoint.source,
            arithmetic: try Arithmetic(dataType: dataType, product: product))
        self.init(files: files, engine: CPUEngine(language))
    }

    /// Opens a directory in Hugging Face's layout.
    ///
    /// - Throws: the errors of `ModelFiles` and of a model of them.
    public convenience init(
        directory: String, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        try self.init(files: ModelFiles(directory: directory), dataType: dataType, product: product)
    }

    /// A model with random weights, for benchmarks and tests.
    ///
    /// - Throws: `ArithmeticError`.
    public convenience init(
        random configuration: ModelConfiguration, seed: UInt64 = 1, endOfText: Set<Int32> = [],
        tokenBytes: (any TokenBytes)? = nil, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        let language = try LanguageModel(
            configuration: configuration, source: RandomWeights(seed: seed),
            arithmetic: try Arithmetic(dataType: dataType, product: product))
        self.init(
            engine: CPUEngine(language), digest: "random:\(seed)", endOfText: endOfText, tokenBytes: tokenBytes)
    }
}
