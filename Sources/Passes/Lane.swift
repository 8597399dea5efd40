/// The resources of one compute thread for a model. Threads do not share a lane; documents take turns in it.
public final class Lane {
    public let model: Model
    let engine: any EngineLane
    let onProgress: (Int) -> Void

    /// - Parameter onProgress: a function that is called on the lane's thread after each block and each generated
    ///   token, with the number of tokens. A computation that does not call it for long is stuck.
    public init(model: Model, onProgress: @escaping (Int) -> Void = { _ in }) {
        self.model = model
        self.onProgress = onProgress
        engine = model.engine.makeLane()
    }
}
