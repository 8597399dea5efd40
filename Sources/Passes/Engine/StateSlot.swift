/// A document's state with the ways of a value: copies share what the engine has until one of them moves on.
struct StateSlot: Sendable {
    private var state: any EngineState

    init(_ state: any EngineState) {
        self.state = state
    }

    var offset: Int { state.offset }
    var lastRow: [Float]? { state.lastRow }
    func exported() -> ExportedState { state.exported() }

    /// The state as it is, not to be changed.
    var shared: any EngineState { state }

    /// The state to be moved on in place: no other copy has it.
    mutating func own() -> any EngineState {
        if !isKnownUniquelyReferenced(&state) { state = state.copy() }
        return state
    }
}
