public import Checkpoints
public import Jobs

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
