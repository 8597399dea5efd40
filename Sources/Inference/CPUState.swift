internal import Mamba
internal import Passes
internal import Synchronization

/// A document's state in the memory of this process.
final class CPUState: EngineState {
    private struct Contents {
        var state: RecurrentState
        var lastRow: [Float]?
    }

    // Documents move between threads; no thread waits for another.
    private let contents: Mutex<Contents>

    init(_ state: RecurrentState, lastRow: [Float]? = nil) {
        contents = Mutex(Contents(state: state, lastRow: lastRow))
    }

    var offset: Int { contents.withLock { $0.state.offset } }
    var lastRow: [Float]? { contents.withLock { $0.lastRow } }

    func copy() -> any EngineState {
        let contents = contents.withLock { $0 }
        return CPUState(contents.state, lastRow: contents.lastRow)
    }

    func exported() -> ExportedState {
        let contents = contents.withLock { $0 }
        return ExportedState(
            offset: contents.state.offset, tensors: contents.state.tensors, lastRow: contents.lastRow)
    }

    /// Moves the state out, so that it advances without a copy; `put` brings it back.
    func take() -> RecurrentState { contents.withLock { $0.state.moved() } }

    func put(_ state: RecurrentState, lastRow: [Float]) {
        contents.withLock { $0 = Contents(state: state, lastRow: lastRow) }
    }
}
