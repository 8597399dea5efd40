/// Tensors that are stored in files: more can be asked of them than of a source.
public protocol StoredTensorSource: TensorSource {
    /// `nil` if there is no tensor of this name.
    func shape(of name: String) -> [Int]?
    /// Whether no number of a tensor is infinite or not a number; true if there is none of this name.
    ///
    /// Reads the file and keeps nothing.
    ///
    /// - Throws: `ModelError.unsupportedType` when it is not float32, bfloat16 or float16.
    func isFinite(_ name: String) throws(ModelError) -> Bool
    /// The file that a tensor is in, for error messages.
    func file(of name: String) -> String
}
