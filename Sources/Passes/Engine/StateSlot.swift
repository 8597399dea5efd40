/// A document's state as a value: copies share the engine's state until one of them advances.
struct StateSlot: Sendable {
    private var state: any EngineState

    init(_ state: any EngineState) {
        self.state = state
    }

    var offset: Int { state.offset }
    var lastRow: [Float]? { state.lastRow }
    func exported() -> ExportedState { state.exported() }

    /// The state, for reading only.
    var shared: any EngineState { state }

    /// The state, to advance in place: no other copy shares it.
    mutating func own() -> any EngineState {
        if !isKnownUniquelyReferenced(&state) { state = state.copy() }
        return state
    }
}
