public import Checkpoints
public import Jobs
internal import Kernels
public import Mamba
public import Passes

/// A model in the memory of this process, for the CPU.
public final class CPUEngine: Engine {
    public let language: LanguageModel
    public let shape: ModelShape

    public init(_ language: LanguageModel) {
        self.language = language
        shape = ModelShape(language.configuration)
    }

    public var dataType: Job.DataType { language.arithmetic.dataType.ofJob }
    public var profile: String { language.arithmetic.profile.description }
    public var capacity: Capacity { CPUDevice.capacity }
    public var hasHead: Bool { language.hasHead }

    public func stateBytes(afterTokens count: Int) -> Int {
        language.configuration.stateBytes(afterTokens: count)
    }

    public func makeState() -> any EngineState { CPUState(language.emptyState()) }

    public func makeState(_ exported: ExportedState) throws(SnapshotError) -> any EngineState {
        let state = try language.configuration.state(of: exported.tensors, offset: exported.offset)
        return CPUState(state, lastRow: exported.lastRow)
    }

    public func makeLane() -> any EngineLane { CPULane(language) }
}
