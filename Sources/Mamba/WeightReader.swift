internal import Checkpoints
internal import Kernels

/// Takes tensors out of a source by name and shape, and finds those that were never taken.
struct WeightReader {
    private let source: any TensorSource
    private let names: TensorNames
    private var taken: Set<String> = []

    init(_ source: any TensorSource) {
        self.source = source
        names = TensorNames(source.names)
    }

    /// - Throws: `ModelError` when the tensor is missing or has another shape.
    mutating func vector(_ name: String, _ count: Int) throws(ModelError) -> FloatBuffer {
        try elements(name, shape: [count])
    }

    /// - Throws: `ModelError` when the tensor is missing or has another shape.
    mutating func matrix(_ name: String, _ rows: Int, _ columns: Int) throws(ModelError) -> Matrix {
        Matrix(try elements(name, shape: [rows, columns]), rows: rows, columns: columns)
    }

    /// A linear layer's weight, which `arithmetic` packs at its first use. The file's pages are freed then.
    ///
    /// - Throws: `ModelError` when the tensor is missing or has another shape.
    mutating func linear(
        _ name: String, _ rows: Int, _ columns: Int, partRows: Int? = nil, for arithmetic: Arithmetic
    ) throws(ModelError) -> DeferredWeight {
        deferred(try matrix(name, rows, columns)) { arithmetic.linear($0, partRows: partRows) }
    }

    /// A linear layer's weight; `nil` if it is missing.
    ///
    /// - Throws: `ModelError` when the tensor has another shape.
    mutating func linearIfThere(
        _ name: String, _ rows: Int, _ columns: Int, partRows: Int? = nil, for arithmetic: Arithmetic
    ) throws(ModelError) -> DeferredWeight? {
        guard let elements = try elementsIfThere(name, shape: [rows, columns]) else { return nil }
        return deferred(Matrix(elements, rows: rows, columns: columns)) { arithmetic.linear($0, partRows: partRows) }
    }

    /// A weight that is packed at its first use.
    func deferred(_ weight: Matrix, pack: @escaping @Sendable (Matrix) -> LinearWeight) -> DeferredWeight {
        let source = source
        return DeferredWeight(weight) { weight in
            let packed = pack(weight)
            // The packed weight holds a copy of the file's numbers.
            source.releasePages()
            return packed
        }
    }

    /// A depthwise convolution's weight. It is stored as [channels, 1, kernel] and returned as [kernel, channels].
    ///
    /// - Throws: `ModelError` when the tensor is missing or has another shape.
    mutating func convolution(_ name: String, channels: Int, kernel: Int) throws(ModelError) -> Matrix {
        let stored = try elements(name, shape: [channels, 1, kernel])
        return Matrix(stored, rows: channels, columns: kernel).transposed
    }

    /// Marks a tensor as taken, whether it exists or not.
    mutating func passOver(_ name: String) { taken.insert(names.stored(name)) }

    /// - Throws: `ModelError.leftOverTensors` when the source has tensors that were never taken.
    func requireNothingLeft() throws(ModelError) {
        let left = source.names.subtracting(taken).sorted()
        guard left.isEmpty else { throw ModelError.leftOverTensors(left, file: source.file) }
    }

    private mutating func elements(_ name: String, shape: [Int]) throws(ModelError) -> FloatBuffer {
        guard let elements = try elementsIfThere(name, shape: shape) else {
            throw ModelError.missingTensor(names.stored(name), file: source.file)
        }
        return elements
    }

    private mutating func elementsIfThere(_ name: String, shape: [Int]) throws(ModelError) -> FloatBuffer? {
        let stored = names.stored(name)
        guard let tensor = try source.tensor(stored, expecting: shape) else { return nil }
        guard tensor.shape == shape else {
            throw ModelError.misshapenTensor(stored, shape: tensor.shape, expected: shape, file: source.file)
        }
        taken.insert(stored)
        return tensor.elements
    }
}
