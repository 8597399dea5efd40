internal import Jobs

/// The capacity of a device.
public struct Capacity: Sendable, Equatable {
    /// The tokens that a pass over the weights reads, over all documents: a whole number of blocks.
    public var rowsPerPass: Int
    /// The most documents that share a pass over the weights.
    public var documentsPerPass: Int
    /// The most bytes of all documents' states at a time, beyond one document a lane.
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
