internal import Jobs

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
