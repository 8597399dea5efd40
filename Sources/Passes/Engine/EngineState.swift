public import Checkpoints

/// The state of a document in an engine: the model's recurrent state, and the last token's row after the last norm.
///
/// It is in the memory of the engine's device. Only one thread at a time uses it.
public protocol EngineState: AnyObject, Sendable {
    /// The number of tokens since the state was empty, which gives its place on the grid of blocks.
    var offset: Int { get }
    /// The last token's row after the last norm; `nil` before any token.
    var lastRow: [Float]? { get }
    /// An equal, independent state.
    func copy() -> any EngineState
    /// The state's contents for a snapshot.
    func exported() -> ExportedState
}

/// A state as named tensors, which every engine writes and reads in the same way.
public struct ExportedState: Sendable, Equatable {
    /// The number of tokens since the state was empty.
    public var offset: Int
    /// The tensors, in the order of the layers.
    public var tensors: [StateTensor]
    /// The last token's row after the last norm; `nil` before any token.
    public var lastRow: [Float]?

    public init(offset: Int, tensors: [StateTensor], lastRow: [Float]?) {
        self.offset = offset
        self.tensors = tensors
        self.lastRow = lastRow
    }
}
