public import Checkpoints
internal import Kernels

/// The recurrent state of a sequence: the parts of every layer, each with its name and shape.
///
/// A value: copies are independent, and share memory until one of them moves on.
public struct RecurrentState: Sendable, Equatable {
    /// The number of tokens read from the empty state. It gives the place on the grid of blocks.
    public internal(set) var offset: Int
    var layers: [LayerState]

    init(offset: Int = 0, layers: [LayerState]) {
        self.offset = offset
        self.layers = layers
    }

    /// Moves the state out, so that its user changes it without a copy. The state left here belongs to no model.
    public mutating func moved() -> RecurrentState {
        defer { layers = [] }
        return self
    }

    /// The tensors in the order of the layers and of their parts. Each is named `layers.N.` and the part's name: a
    /// Mamba layer has `layers.N.conv_state` [kernel - 1, channels], oldest first, and `layers.N.ssm_state` [states,
    /// channels].
    public var tensors: [StateTensor] {
        layers.enumerated().flatMap { index, layer in
            layer.parts.map { part in
                StateTensor(
                    name: ModelConfiguration.stateName(part.name, layer: index), shape: part.shape,
                    elements: part.elements)
            }
        }
    }

}

extension ModelConfiguration {
    /// The recurrent state before the first token.
    public func emptyState() -> RecurrentState {
        RecurrentState(
            layers: valuePerLayer { layer, _ in
                LayerState(
                    parts: layer.mixer.stateParts(afterTokens: 0).map { part in
                        StateTensor(
                            name: part.name, shape: part.shape, elements: FloatBuffer(count: part.elementCount))
                    })
            })
    }

    /// The recurrent state with the numbers of tensors.
    ///
    /// - Parameters:
    ///   - tensors: one for each tensor of the state, by name and shape, in any order.
    ///   - offset: the number of tokens read from the empty state.
    /// - Throws: `SnapshotError` when a tensor is missing, misshapen or left over. The error names the tensor.
    public func state(of tensors: [StateTensor], offset: Int) throws(SnapshotError) -> RecurrentState {
        var given: [String: StateTensor] = [:]
        for tensor in tensors { given[tensor.name] = tensor }
        var state = RecurrentState(offset: offset, layers: [])
        for (index, layer) in layers.enumerated() {
            var parts: [StateTensor] = []
            for part in layer.mixer.stateParts(afterTokens: offset) {
                let name = ModelConfiguration.stateName(part.name, layer: index)
                guard let tensor = given.removeValue(forKey: name) else { throw SnapshotError.missingTensor(name) }
                guard tensor.shape == part.shape else {
                    throw SnapshotError.misshapenTensor(name, shape: tensor.shape, expected: part.shape)
                }
                parts.append(StateTensor(name: part.name, shape: part.shape, elements: tensor.elements))
            }
            state.layers.append(LayerState(parts: parts))
        }
        if let name = given.keys.min() { throw SnapshotError.leftOverTensor(name) }
        return state
    }
}

extension LanguageModel {
    /// The recurrent state of a snapshot of this model.
    ///
    /// - Throws: `SnapshotError` when a tensor is missing, misshapen or left over. The error names the tensor.
    public func state(from snapshot: Snapshot, offset: Int? = nil) throws(SnapshotError) -> RecurrentState {
        try configuration.state(of: snapshot.state, offset: offset ?? snapshot.tokenOffset)
    }
}

/// The recurrent state of one layer.
struct LayerState: Sendable, Equatable {
    /// The parts in the order of `MixerConfiguration.stateParts`. A mixer finds its parts by their places.
    var parts: [StateTensor]
}
