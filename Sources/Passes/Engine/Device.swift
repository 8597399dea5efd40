public import Jobs
public import ModelFiles

/// What a worker computes with: the CPU, or one GPU. It is chosen once, before any model is known.
public protocol Device: Sendable {
    var capacity: Capacity { get }
    /// The data types that it computes in, each with what fixes the bits of its results, in words.
    /// - Throws: why it cannot compute at all.
    func profile() throws -> String
    /// A model that this device computes with.
    /// - Throws: what is wrong with the files, or why the device cannot load them.
    func model(of files: ModelFiles, in dataType: Job.DataType) throws -> Model
}
