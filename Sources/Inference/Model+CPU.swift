public import Checkpoints
public import Kernels
internal import Mamba
public import ModelFiles
public import Passes

extension Model {
    /// Maps the weights, for the CPU to compute with.
    ///
    /// Loads OpenBLAS when it is the first: see `OpenBLAS.load`.
    ///
    /// - Parameters:
    ///   - dataType: of the linear layers' products, whatever the files have.
    ///   - product: what computes these; `nil`: see `Arithmetic`.
    /// - Throws: `ModelError` naming the file and what is wrong with it, or `ArithmeticError`.
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
    /// - Throws: what `ModelFiles` and a model of them throw.
    public convenience init(
        directory: String, dataType: DataType = .float32, product: ProductProvider? = nil
    ) throws {
        try self.init(files: ModelFiles(directory: directory), dataType: dataType, product: product)
    }

    /// A model of random weights, for benchmarks and tests.
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
