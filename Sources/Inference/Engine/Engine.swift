public import Jobs
public import Mamba

/// A model as a device has it loaded. The tasks speak to it in pieces of documents, states and results that are already
/// reduced; what numbers lie where is its own.
///
/// The results of a block of `Job.blockTokens` tokens, and the state after it, depend on the state before it and its
/// tokens, and on nothing else: not on what else a pass reads, nor on the pieces in which the blocks came.
public protocol Engine: AnyObject, Sendable {
    var shape: ModelShape { get }
    /// The data type of the linear layers' factors.
    var dataType: Job.DataType { get }
    /// What fixes the bits of its results, in words: machines with equal profiles have equal bits.
    var profile: String { get }
    /// What a pass takes.
    var capacity: Capacity { get }
    /// Whether tokens can be scored and chosen.
    var hasHead: Bool { get }
    /// Bytes that the state of a document takes when so many of its tokens were read.
    func stateBytes(afterTokens count: Int) -> Int

    /// The state of a document of which nothing was read.
    func makeState() -> any EngineState
    /// A state that was written down, on this engine or another.
    ///
    /// - Parameter exported: of the shapes that `shape` names, all numbers finite.
    /// - Throws: `SnapshotError` that names a tensor which is not the model's.
    func makeState(_ exported: ExportedState) throws(SnapshotError) -> any EngineState
    /// What one thread computes with.
    func makeLane() -> any EngineLane
}

/// What one thread computes with, and no other thread: scratch memory, and the way to the device. Documents take turns.
///
/// All states are of its engine.
public protocol EngineLane: AnyObject {
    /// Reads pieces of documents in one pass over the weights.
    ///
    /// - Parameter pieces: each of another state, and of one token at least; all within the engine's capacity.
    /// - Returns: what was wanted of each piece. Its state has moved on by its tokens.
    func read(_ pieces: [Piece]) -> [PieceOutput]

    /// Chooses the token that comes after each state; no state moves on.
    ///
    /// - Parameter choices: as many as a pass takes documents, each after one token at least.
    /// - Returns: the tokens; `nil` where a logit is not finite, and there is nothing to choose from.
    func nextTokens(_ choices: [TokenChoice]) -> [ChosenToken?]
}

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
