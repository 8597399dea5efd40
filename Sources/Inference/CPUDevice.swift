public import Jobs
internal import Kernels
internal import Mamba
public import ModelFiles
public import Passes

/// The CPU, with OpenBLAS or our own kernels.
public struct CPUDevice: Device {
    public init() {}

    /// The capacity of the CPU. A pass over the weights reads one block: more rows would not be faster, and the scratch
    /// memory of one block fits into the second-level cache.
    static let capacity = Capacity(
        rowsPerPass: LanguageModel.blockTokens, documentsPerPass: LanguageModel.blockTokens, stateBytes: 2 << 30)

    /// The capacity, with the memory for states that a small machine can spare beside the model.
    public var capacity: Capacity { Self.capacity }

    /// - Throws: `ArithmeticError`.
    public func profile() throws -> String { try MachineProfile().description }

    /// - Throws: `ModelError` that names the file and the problem, or `ArithmeticError`.
    public func model(of files: ModelFiles, in dataType: Job.DataType) throws -> Model {
        try Model(files: files, dataType: DataType(dataType))
    }
}
