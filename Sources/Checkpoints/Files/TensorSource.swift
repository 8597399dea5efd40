public import Kernels

/// Tensors by name, wherever they are stored.
public protocol TensorSource: Sendable {
    /// The file or index that error messages name.
    var file: String { get }
    var names: Set<String> { get }
    /// How many numbers are stored of each type, by the type's name in safetensors.
    var storedNumbers: [String: Int] { get }
    /// The numbers of a tensor as float32, and its shape; `nil` if there is none of this name.
    ///
    /// - Parameter shape: what the model needs. A file answers with what it has; a source that makes tensors up, with
    ///   this.
    func tensor(_ name: String, expecting shape: [Int]) throws(ModelError) -> Tensor?
    /// Gives memory back that only keeps file contents at hand: what is read again comes from the file again.
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
