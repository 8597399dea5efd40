public import Jobs
internal import Kernels
internal import Mamba
public import ModelFiles
public import Passes

/// The CPU, with OpenBLAS or our own kernels.
public struct CPUDevice: Device {
    public init() {}

    /// A pass is a block: more rows would not make it faster, and the scratch memory of this many fits the second-level
    /// cache.
    static let capacity = Capacity(
        rowsPerPass: LanguageModel.blockTokens, documentsPerPass: LanguageModel.blockTokens, stateBytes: 2 << 30)

    /// States have what a small machine can spare beside the model.
    public var capacity: Capacity { Self.capacity }

    /// - Throws: `ArithmeticError`.
    public func profile() throws -> String { try MachineProfile().description }

    /// - Throws: `ModelError` naming the file and what is wrong with it, or `ArithmeticError`.
    public func model(of files: ModelFiles, in dataType: Job.DataType) throws -> Model {
        try Model(files: files, dataType: DataType(dataType))
    }
}
