internal import Checkpoints
internal import Kernels

/// The recurrent state of one layer.
struct ReferenceState {
    /// The parts in the order and layout of the layer's `MixerConfiguration.stateParts`.
    var parts: [[Double]]

    /// Makes the empty state.
    ///
    /// - Parameter counts: the number of elements of each part.
    init(counts: Int...) {
        parts = counts.map { Array(repeating: 0, count: $0) }
    }
}

/// A layer's mixer, from [rows, d_model] to [rows, d_model].
protocol ReferenceMixer: Sendable {
    var emptyState: ReferenceState { get }
    func run(_ normed: [Double], rows: Int, state: inout ReferenceState) -> [Double]
}

/// A linear layer.
struct ReferenceProjection: Sendable {
    private let weight: [Double]
    private let bias: [Double]?
    private let columns: Int
    private let inner: Int

    init(
        _ name: String, _ columns: Int, _ inner: Int, hasBias: Bool = false, _ weights: inout WeightReader
    ) throws(ModelError) {
        weight = try weights.matrix(name + ".weight", columns, inner).doubles
        bias = hasBias ? try weights.vector(name + ".bias", columns).doubles : nil
        (self.columns, self.inner) = (columns, inner)
    }

    func callAsFunction(_ input: [Double], rows: Int) -> [Double] {
        var output = Reference.product(input, weight, rows: rows, columns: columns, inner: inner)
        if let bias { for i in output.indices { output[i] += bias[i % columns] } }
        return output
    }
}

extension [Double] {
    /// A range of columns of a row-major matrix.
    func columns(_ range: Range<Int>, of width: Int) -> [Double] {
        stride(from: 0, to: count, by: width).flatMap { self[$0 + range.lowerBound..<$0 + range.upperBound] }
    }
}

extension FloatBuffer {
    var doubles: [Double] { array.map(Double.init) }
}

extension Matrix {
    var doubles: [Double] { elements.doubles }
}
