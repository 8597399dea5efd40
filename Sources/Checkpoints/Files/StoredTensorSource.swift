/// A tensor source in files, which can also tell shapes and check numbers.
public protocol StoredTensorSource: TensorSource {
    /// The shape of a tensor; `nil` if there is no tensor of this name.
    func shape(of name: String) -> [Int]?
    /// Whether all numbers of a tensor are finite; true if there is no tensor of this name.
    ///
    /// Reads the file and keeps nothing.
    ///
    /// - Throws: `ModelError.unsupportedType` when the type is not float32, bfloat16 or float16.
    func isFinite(_ name: String) throws(ModelError) -> Bool
    /// The file of a tensor, for error messages.
    func file(of name: String) -> String
}
