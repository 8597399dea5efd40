public import Checkpoints
public import Jobs

/// An engine: a model that a device has loaded. Tasks give it pieces of documents and states, and get reduced results.
/// How numbers lie in memory is the engine's own matter.
///
/// The results of a block of `Job.blockTokens` tokens, and the state after it, depend only on the state before the
/// block and on its tokens. They do not depend on what else a pass over the weights reads, nor on the pieces in which
/// blocks came.
public protocol Engine: AnyObject, Sendable {
    var shape: ModelShape { get }
    /// The data type of the linear layers' factors.
    var dataType: Job.DataType { get }
    /// The profile: what fixes the bits of the results, in words. Machines with equal profiles give equal bits.
    var profile: String { get }
    /// The capacity of a pass over the weights.
    var capacity: Capacity { get }
    /// Whether the model has a head, so that tokens can be scored and chosen.
    var hasHead: Bool { get }
    /// The bytes of a document's state after so many of its tokens.
    func stateBytes(afterTokens count: Int) -> Int

    /// An empty state, before any token.
    func makeState() -> any EngineState
    /// A state from a snapshot of this or another engine.
    ///
    /// - Parameter exported: a state with the shapes that `shape` names; all numbers are finite.
    /// - Throws: `SnapshotError` that names a tensor which does not belong to the model.
    func makeState(_ exported: ExportedState) throws(SnapshotError) -> any EngineState
    /// The resources of one compute thread.
    func makeLane() -> any EngineLane
}
