public import Kernels

/// A source of tensors by name.
public protocol TensorSource: Sendable {
    /// The file or index that error messages name.
    var file: String { get }
    var names: Set<String> { get }
    /// The count of stored numbers of each type, by the type's name in safetensors.
    var storedNumbers: [String: Int] { get }
    /// The numbers of a tensor as float32, and its shape; `nil` if there is no tensor of this name.
    ///
    /// - Parameter shape: the shape that the model needs. A file returns the shape that it stores; a source that makes
    ///   tensors up uses this one.
    func tensor(_ name: String, expecting shape: [Int]) throws(ModelError) -> Tensor?
    /// Frees the memory of cached file contents. They are read from the file again when needed.
    func releasePages()
}

extension TensorSource {
    public func releasePages() {}
}

/// A tensor of a checkpoint, as float32.
public struct Tensor: Sendable {
    public var shape: [Int]
    public var elements: FloatBuffer

    public init(shape: [Int], elements: FloatBuffer) {
        self.shape = shape
        self.elements = elements
    }
}
