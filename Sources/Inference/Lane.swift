internal import Mamba

/// One compute thread's scratch memory for a model. Not shared between threads; documents take turns in it.
public final class Lane {
    public let model: Model
    let workspace: Workspace

    public init(model: Model) {
        self.model = model
        workspace = model.language.makeWorkspace()
    }
}
