public import Kernels

/// A named part of a recurrent state.
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

    /// Whether all numbers are finite.
    public var isFinite: Bool { elements.isFinite }
}
