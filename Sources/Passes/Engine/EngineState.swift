public import Checkpoints

/// What an engine carries from token to token of a document: the model's state, and the row after the last norm of the
/// token that was read last.
///
/// It lies where the engine computes. One thread at a time has to do with it.
public protocol EngineState: AnyObject, Sendable {
    /// Tokens read since it was empty: where the grid of blocks stands.
    var offset: Int { get }
    /// The row after the last norm of the token that was read last; `nil` if none was.
    var lastRow: [Float]? { get }
    /// Another one that is equal and goes its own way.
    func copy() -> any EngineState
    /// What a snapshot holds of it.
    func exported() -> ExportedState
}

/// A state as numbers under names, which every engine writes and reads alike.
public struct ExportedState: Sendable, Equatable {
    /// Tokens read since the state was empty.
    public var offset: Int
    /// In the order of the layers.
    public var tensors: [StateTensor]
    /// The row after the last norm of the token that was read last; `nil` if none was.
    public var lastRow: [Float]?

    public init(offset: Int, tensors: [StateTensor], lastRow: [Float]?) {
        self.offset = offset
        self.tensors = tensors
        self.lastRow = lastRow
    }
}
