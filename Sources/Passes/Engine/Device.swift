public import Jobs
public import ModelFiles

/// A device that a worker computes with: the CPU, or one GPU. It is chosen once, before any model is known.
public protocol Device: Sendable {
    var capacity: Capacity { get }
    /// The profile of the device: its data types, each with what fixes the bits of its results.
    /// - Throws: the reason why the device cannot compute at all.
    func profile() throws -> String
    /// The model, loaded for this device.
    /// - Throws: an error in the files, or the reason why the device cannot load them.
    func model(of files: ModelFiles, in dataType: Job.DataType) throws -> Model
}
