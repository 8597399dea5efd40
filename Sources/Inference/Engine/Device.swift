public import Jobs

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

/// How much a device takes at a time.
public struct Capacity: Sendable, Equatable {
    /// Tokens that a pass over the weights reads, of all documents together: a whole number of blocks.
    public var rowsPerPass: Int
    /// Documents that share a pass.
    public var documentsPerPass: Int
    /// Bytes of the states of all documents that may be there at a time, beyond one document a lane.
    public var stateBytes: Int

    public init(rowsPerPass: Int, documentsPerPass: Int, stateBytes: Int) {
        precondition(
            rowsPerPass >= Job.blockTokens && rowsPerPass.isMultiple(of: Job.blockTokens) && documentsPerPass > 0,
            "passes of \(rowsPerPass) tokens and \(documentsPerPass) documents")
        self.rowsPerPass = rowsPerPass
        self.documentsPerPass = documentsPerPass
        self.stateBytes = stateBytes
    }
}
