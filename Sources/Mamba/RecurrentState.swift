public import Kernels

/// What a sequence carries from token to token: per layer the last inputs of the convolution and the state of the scan.
///
/// A value: copies are independent, and share memory until one of them moves on.
public struct RecurrentState: Sendable, Equatable {
    /// Tokens read since the state was empty: where the grid of blocks stands.
    public internal(set) var offset: Int
    var layers: [LayerState]

    init(offset: Int = 0, layers: [LayerState]) {
        self.offset = offset
        self.layers = layers
    }

    /// Moves the state out, so that it can go on elsewhere without a copy. What is left here belongs to no model.
    public mutating func moved() -> RecurrentState {
        defer { layers = [] }
        return self
    }

    /// `layers.N.conv_state` [kernel - 1, channels], oldest first, and `layers.N.ssm_state` [states, channels], in the
    /// order of the layers.
    public var tensors: [StateTensor] {
        layers.enumerated().flatMap { index, layer in
            layer.parts.map { part in
                StateTensor(name: "layers.\(index).\(part.name)", shape: part.shape, elements: part.elements)
            }
        }
    }

    /// Whether no number of it is infinite or not a number.
    public var isFinite: Bool { layers.allSatisfy { $0.convolution.isFinite && $0.scan.isFinite } }

    /// The same state with other contents.
    ///
    /// - Parameter tensors: one for each of this state's, by name and shape, in any order.
    /// - Throws: `SnapshotError` that names a tensor which is missing, misshapen or left over.
    public func replacing(with tensors: [StateTensor], offset: Int) throws(SnapshotError) -> RecurrentState {
        var given: [String: StateTensor] = [:]
        for tensor in tensors { given[tensor.name] = tensor }
        var result = self
        result.offset = offset
        for index in layers.indices {
            for part in layers[index].parts {
                let name = "layers.\(index).\(part.name)"
                guard let tensor = given.removeValue(forKey: name) else { throw SnapshotError.missingTensor(name) }
                guard tensor.shape == part.shape else {
                    throw SnapshotError.misshapenTensor(name, shape: tensor.shape, expected: part.shape)
                }
                result.layers[index].replace(part.name, with: tensor.elements)
            }
        }
        if let name = given.keys.min() { throw SnapshotError.leftOverTensor(name) }
        return result
    }
}

extension ModelConfiguration {
    /// The state of a sequence of which nothing was read.
    public func emptyState() -> RecurrentState {
        let layer =
            switch mixer {
            case .mamba1(let sizes): LayerState(sizes)
            case .mamba2(let sizes): LayerState(sizes)
            }
        return RecurrentState(layers: Array(repeating: layer, count: layers))
    }
}

/// A named part of a state.
public struct StateTensor: Sendable, Equatable {
    public var name: String
    public var shape: [Int]
    public var elements: FloatBuffer

    public init(name: String, shape: [Int], elements: FloatBuffer) {
        let count = shape.contains(0) ? 0 : shape.reduce(1, *)
        precondition(count == elements.count, "\(name): \(elements.count) elements in shape \(shape)")
        self.name = name
        self.shape = shape
        self.elements = elements
    }
}

/// What one layer carries.
struct LayerState: Sendable, Equatable {
    /// [kernel - 1, channels of the convolution], oldest first.
    var convolution: FloatBuffer
    /// [states, channels of the scan]
    var scan: FloatBuffer
    let convolutionShape: [Int]
    let scanShape: [Int]

    /// Nothing was read.
    init(_ sizes: Mamba1Configuration) {
        self.init(convolution: [sizes.kernel - 1, sizes.channels], scan: [sizes.states, sizes.channels])
    }

    /// Nothing was read.
    init(_ sizes: Mamba2Configuration) {
        self.init(convolution: [sizes.kernel - 1, sizes.convolutionChannels], scan: [sizes.states, sizes.channels])
    }

    private init(convolution: [Int], scan: [Int]) {
        convolutionShape = convolution
        scanShape = scan
        self.convolution = FloatBuffer(count: convolution.reduce(1, *))
        self.scan = FloatBuffer(count: scan.reduce(1, *))
    }

    private static let convolutionName = "conv_state"
    private static let scanName = "ssm_state"

    /// The parts under the names of transformers' cache; another family's layers may have others.
    var parts: [StateTensor] {
        [
            StateTensor(name: Self.convolutionName, shape: convolutionShape, elements: convolution),
            StateTensor(name: Self.scanName, shape: scanShape, elements: scan),
        ]
    }

    mutating func replace(_ name: String, with elements: FloatBuffer) {
        if name == Self.convolutionName { convolution = elements } else { scan = elements }
    }
}
